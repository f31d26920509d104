"""What staff do: a clinic's system publishes and withdraws, a vårdlots answers for the home region."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config.launcher.drill.actors import API, Actor, Who

VISIT = timedelta(minutes=15)
PROMISED = timedelta(days=365)


class Publisher(Actor):
    """A clinic's system: publishes some times a second, and takes a few back."""

    def _turn(self, who: Who) -> bool:
        self._over.wait(self._rng.uniform(0.5, 1.5))
        mine = who.setdefault("slots", [])
        if mine and self._rng.random() < 0.3:
            slot = mine.pop(self._rng.randrange(len(mine)))
            path = f"{API}/slots/withdraw"
            return self._line.carry_out(
                self._deed(who, "withdraw", path, {"slot": slot}, about=slot)
            )
        items = [self._new(who) for _ in range(self._rng.randrange(1, 5))]
        keys = " ".join(item["source_key"] for item in items)
        deed = self._deed(who, "publish", f"{API}/slots", {"items": items}, about=keys)
        if not self._line.carry_out(deed):
            return False
        if deed.is_done:
            mine += [one["id"] for one in deed.answer["items"] if one["outcome"] == "created"]
        return True

    def _new(self, who: Who) -> dict[str, str]:
        """Half of them so soon that they open at once, and are offered at short notice once freed."""
        begins = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0)
        days = self._rng.choice((self._rng.randrange(1, 4), self._rng.randrange(6, 60)))
        begins += timedelta(days=days, minutes=15 * self._rng.randrange(0, 30))
        return {
            "clinic": who["clinic"],
            "care": who["care"],
            "form": who["form"],
            "starts_at": begins.isoformat(),
            "ends_at": (begins + VISIT).isoformat(),
            "source_key": f"drill-{self._rng.getrandbits(64):x}",
        }


class Navigator(Actor):
    """A vårdlots of a home region: says yes or no to what its patients ask for."""

    def _turn(self, who: Who) -> bool:
        self._over.wait(self._rng.uniform(0.5, 1.5))
        waiting = [one for one in self._items("approvals", who) if one["state"] == "asked"]
        if not waiting:
            return True
        question = self._rng.choice(waiting)
        kind = "grant" if self._rng.random() < 0.6 else "refuse"
        until = (datetime.now(UTC) + PROMISED).date().isoformat()
        said = {"valid_to": until} if kind == "grant" else {"reason": "care_at_home"}
        path = f"{API}/approvals/{question['id']}/{kind}"
        about = {"about": question["booking"], "need": question["referral"]}
        return self._line.carry_out(self._deed(who, kind, path, said, **about))
