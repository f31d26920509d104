"""REST of contracts: referral rules, agreements, and what they mean for one question."""
