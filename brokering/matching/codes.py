"""Every code that a round or an explanation may use. Its sentence is the translation of `match.<code>`.

Reasons in law that come with a decision keep their own code and have their sentence there.
"""

# Why a pair cannot be, in the order in which they are looked at.
REASONS = (
    "other_care",
    "not_released",
    "passed",
    "undecided",
    "no_agreement",
    "route_mismatch",
    "remiss_missing",
    "payer_undecided",
    "kept_for_own_regions",
    "cap_reached",
    "terms_age",
    "terms_bmi",
    "terms_asa",
    "terms_fact_unknown",
    "terms_excluded_need",
    "other_mode",
    "language_not_offered",
    "premises_not_stated",
    "clinic_said_no",
    "region_not_wanted",
    "outside_wished_period",
    "refused_before",
    "distance_unknown",
    "too_far",
    "no_capacity",
    "no_places",
)

# Why a need got what it got.
NEED_OUTCOMES = (
    "best_for_person",
    "best_left_in_time",
    "best_left_late",
    "kept",
    "no_capacity",
    "nobody_possible",
    "next_round",
)

# Why a place went to whom it did.
PLACE_OUTCOMES = (
    "chosen_by_need",
    "only_one_possible",
    "all_placed_elsewhere",
    "others_left_out",
    "place_for_nobody",
)

# Why a person could not have a place, where law and terms are told as one.
NOT_OPEN = ("not_open",)

# Who has a place that would have suited a person better, seen from that person.
RELATIONS = (
    "higher_need",
    "same_need_waited_longer",
    "same_need",
    "lower_need",
    "free",
    "free_now",
)

# What makes the place that came second suit a person less than the one that they have.
LESS = ("less_lateness", "less_tier", "less_distance", "less_day", "less_equal")

# How someone else who could have used a place did, seen from who has it.
STANDINGS = (
    "placed_in_time",
    "placed_late",
    "unplaced",
    "unplaced_higher_need",
    "unplaced_same_need_waited_longer",
    "unplaced_same_need",
    "unplaced_lower_need",
)

# The lines of the order of choices.
LINES = (
    "line_treated",
    "line_waited",
    "line_in_time",
    "line_lateness",
    "line_kept",
    "line_tier",
    "line_distance",
    "line_turn",
)

# Needs that wait but are left to a person, not to the round.
LEFT_OUT = (
    *("no_priority", "no_region", "on_watch_list", "no_first_day", "not_confirmed"),
    "given_together",
)

# What came of looking for two places that are given together.
TOGETHER = ("together_nowhere", "together_others_first", "together_found")

# Asked about somebody whom no round has seen.
UNSEEN = ("not_in_round",)

ALL = frozenset(
    (
        *(
            *REASONS,
            *NEED_OUTCOMES,
            *PLACE_OUTCOMES,
            *RELATIONS,
            *LESS,
            *STANDINGS,
            *LINES,
            *TOGETHER,
        ),
        *(*NOT_OPEN, *LEFT_OUT, *UNSEEN),
    )
)
