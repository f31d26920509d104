"""A slow, obvious clock: lives one day at a time. The real one must always agree with it."""

from datetime import date, timedelta

from brokering.law.clock import ClockEvent, ClockEventType

DAY = timedelta(days=1)
T = ClockEventType
ORDER = (
    T.MEDICAL_PAUSE_END,
    T.INFORMED,
    T.OFFERED,
    T.DECLINED,
    T.REGRETTED,
    T.FREE_CHOICE_ELSEWHERE,
    T.MEDICAL_PAUSE_START,
    T.FULFILLED,
    T.REMOVED,
)


class SlowClock:
    """Counts the days of a clock one by one."""

    def __init__(self, start: date, limit: int, events: list[ClockEvent], on: date) -> None:
        self.start, self.limit = start, limit
        self.counted = self.uncounted = 0
        self.reached = start if limit == 0 else None
        self.medical = self.refusal = self.elsewhere = self.informed = False
        self.offers: dict[date, bool] = {}
        self.regret: date | None = None
        self.ended: ClockEvent | None = None
        day = min([start, on, *(event.on for event in events)])
        while day <= on and self.ended is None:
            self.live(day, [event for event in events if event.on == day])
            day += DAY
        self.last = day - DAY

    def live(self, day: date, events: list[ClockEvent]) -> None:
        for kind in ORDER:
            same = [event for event in events if event.type == kind]
            for event in sorted(same, key=lambda event: event.care_on or date.min):
                if self.ended is None:
                    self.meet(event)
        if day <= self.start:
            return
        if self.stopped:
            self.uncounted += 1
            return
        self.counted += 1
        if self.counted == self.limit:
            self.reached = day

    @property
    def stopped(self) -> bool:
        return self.medical or self.refusal or self.elsewhere

    def meet(self, event: ClockEvent) -> None:  # noqa: C901 - obvious before short
        if event.type == T.INFORMED:
            self.informed = True
        elif event.type == T.OFFERED:
            self.offers[event.on] = event.care_on <= self.due_at_offer(event.on)
        elif event.type == T.DECLINED:
            offer = event.offer or (max(self.offers) if self.offers else None)
            if self.informed and self.offers.get(offer):
                self.refusal = True
        elif event.type == T.REGRETTED:
            if self.refusal or self.elsewhere:
                self.regret = event.on
            self.refusal = self.elsewhere = False
        elif event.type == T.FREE_CHOICE_ELSEWHERE:
            self.elsewhere = True
        elif event.type == T.MEDICAL_PAUSE_START:
            self.medical = True
        elif event.type == T.MEDICAL_PAUSE_END:
            self.medical = False
        else:
            self.medical = self.refusal = self.elsewhere = False
            self.ended = event

    def due_at_offer(self, day: date) -> date:
        if self.reached and not (self.stopped and day <= self.reached):
            return self.reached
        today = 1 if self.stopped and day > self.start else 0
        return self.start + (self.limit + self.uncounted + today) * DAY

    @property
    def due(self) -> date | None:
        if self.ended and self.ended.type == T.REMOVED:
            return None
        return self.due_before_removal

    @property
    def due_before_removal(self) -> date | None:
        if self.reached:
            return self.reached
        if self.stopped:
            return None
        return max(self.last, self.start) + (self.limit - self.counted) * DAY

    @property
    def breached(self) -> bool:
        due = self.due_before_removal
        moment = self.ended.on if self.ended else self.last
        return due is not None and moment > due
