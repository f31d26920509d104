"""Forms of contracts: one module for rules, the others for agreements."""
