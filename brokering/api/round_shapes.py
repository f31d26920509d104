"""Shapes of matching rounds on the wire, with examples. No person in them."""

from rest_framework import serializers

OFFERS = (
    "Offers made of it, by state, among those that you may see (your own region's); `{}`: none."
)

CLASSES_EXAMPLE = {
    "1": {"waiting": 4, "treated": 4, "in_time": 3},
    "2": {"waiting": 31, "treated": 30, "in_time": 27},
    "3": {"waiting": 112, "treated": 64, "in_time": 60},
    "4": {"waiting": 90, "treated": 2, "in_time": 2},
}
ROUND_EXAMPLE = {
    "id": "5b0f9c1e-52f5-4c3a-9a5c-0c6f5d1f7a10",
    "country_round": "0f0f6f2c-55f0-4c1b-8f38-d3f5d1a5b7aa",
    "care": "besok-hud",
    "kind": "country",
    "engine": "exact",
    "state": "done",
    "started_at": "2027-03-01T01:00:00Z",
    "seconds": 4.1,
    "needs": 237,
    "places": 100,
    "proposals": 100,
    "left": 137,
}
DETAIL_EXAMPLE = ROUND_EXAMPLE | {
    "within_class": "rescuable_first",
    "fingerprint": "9f2c…",
    "solving_seconds": 0.8,
    "only_places": None,
    "classes": CLASSES_EXAMPLE,
    "left_by_first_reason": [
        {
            "code": "no_capacity",
            "sentence": "Alla tider som passar har gått till andra.",
            "people": 137,
        }
    ],
    "left_out": [],
    "linked": [],
    "caps_reached": 0,
    "proof": {
        "lines": ["treated_1", "in_time_1", "treated_2", "…"],
        "proven": ["treated_1", "in_time_1", "treated_2", "…"],
        "gap": {},
        "sentence": "Det är bevisat att ingen annan fördelning är bättre.",
    },
    "offers": {"sent": 3, "accepted": 1},
}


class RoundOut(serializers.Serializer):
    """One care's round, in short."""

    id = serializers.UUIDField()
    country_round = serializers.UUIDField(
        allow_null=True, help_text="The round over the country that it is part of."
    )
    care = serializers.CharField()
    kind = serializers.ChoiceField(
        choices=["country", "care", "freed"],
        help_text="Part of one over the country; of this care by itself; or of places that were freed.",
    )
    engine = serializers.CharField(
        allow_null=True,
        help_text="`greedy`, `auction` or `exact`; null where a round by itself has not noted it.",
    )
    state = serializers.CharField(help_text="`running`, `done` or `failed`.")
    started_at = serializers.DateTimeField()
    seconds = serializers.FloatField(
        allow_null=True, help_text="From when its data were read until it was written."
    )
    needs = serializers.IntegerField()
    places = serializers.IntegerField()
    proposals = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Needs in it that no place was proposed to.")


class ProofOut(serializers.Serializer):
    """What is proven of a plan. Of cares that a cap cut together it is told of them together."""

    lines = serializers.ListField(
        child=serializers.CharField(), help_text="The order that it kept to, the weightiest first."
    )
    proven = serializers.ListField(
        child=serializers.CharField(), help_text="Lines on which no plan is better."
    )
    gap = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="By line: how much better another plan might be, at most. The distance is in 100 m.",
    )
    sentence = serializers.CharField()


class LeftOut(serializers.Serializer):
    """How many people, for which first reason."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    people = serializers.IntegerField()


class OutcomeOfClassOut(serializers.Serializer):
    """What became of those with one medical need."""

    waiting = serializers.IntegerField()
    treated = serializers.IntegerField(help_text="Those to whom a place was proposed.")
    in_time = serializers.IntegerField()


class RoundDetailOut(RoundOut):
    """One care's round, with what it was run with."""

    within_class = serializers.CharField(help_text="Setting of the order.")
    fingerprint = serializers.CharField(
        help_text="Of all that it read: two rounds with the same one had the same needs, places and law."
    )
    solving_seconds = serializers.FloatField(
        allow_null=True, help_text="Of these, with the engine; null where it was not measured."
    )
    only_places = serializers.IntegerField(
        allow_null=True, help_text="How many places it was about, where not all of the care."
    )
    classes = serializers.DictField(
        child=OutcomeOfClassOut(), help_text="By medical need; 1 is highest."
    )
    left_by_first_reason = LeftOut(many=True)
    left_out = LeftOut(many=True, help_text="Those who wait and were not in the round.")
    linked = serializers.ListField(
        child=serializers.CharField(),
        help_text="Cares that volume caps bind it with, itself among them; empty without any.",
    )
    caps_reached = serializers.IntegerField(help_text="How many volume caps it filled.")
    proof = ProofOut(
        allow_null=True, help_text="Null: nothing is proven of it, as of the greedy engine."
    )
    offers = serializers.DictField(child=serializers.IntegerField(), help_text=OFFERS)


class RoundsOut(serializers.Serializer):
    """A page of rounds, the latest first."""

    items = RoundOut(many=True)
    next_cursor = serializers.UUIDField(allow_null=True, help_text="Send it as `cursor`.")


class CountryRoundOut(serializers.Serializer):
    """A round over the country, in short; figures are sums of its cares, null until all are done."""

    id = serializers.UUIDField()
    engine = serializers.CharField(help_text="`greedy`, `auction` or `exact`.")
    state = serializers.CharField(
        help_text="`running`, `stopped` (it is taken up again), `done`, `abandoned` (a later one took over)."
    )
    started_at = serializers.DateTimeField()
    seconds = serializers.FloatField(
        allow_null=True, help_text="From its beginning until its last care was written."
    )
    cares = serializers.IntegerField()
    cares_done = serializers.IntegerField()
    resumed = serializers.IntegerField(help_text="How often it was taken up again.")
    needs = serializers.IntegerField(allow_null=True)
    places = serializers.IntegerField(allow_null=True)
    proposals = serializers.IntegerField(allow_null=True)


class CareOfRoundOut(RoundOut):
    """A care of a round over the country, and what is proven of it."""

    linked = serializers.ListField(child=serializers.CharField())
    proof = ProofOut(allow_null=True)


class CountryRoundDetailOut(CountryRoundOut):
    """A round over the country, care by care."""

    within_class = serializers.CharField()
    fingerprint = serializers.CharField(help_text="Of all inputs; empty until it is done.")
    linked = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Sets of cares that volume caps bound together when it began.",
    )
    shards = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Cares as they were dealt to workers, in the order of their beginning. The answer does not "
        "depend on it. Empty where one process did all.",
    )
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Cares that nobody has done yet."
    )
    gap = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Sum of the cares' gaps; linked cares that a cap cut count once.",
    )
    offers = serializers.DictField(child=serializers.IntegerField(), help_text=OFFERS)
    rounds = CareOfRoundOut(many=True)


class CountryRoundsOut(serializers.Serializer):
    """A page of rounds over the country, the latest first."""

    items = CountryRoundOut(many=True)
    next_cursor = serializers.UUIDField(allow_null=True, help_text="Send it as `cursor`.")
