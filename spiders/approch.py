"""APProch, the purchase projects of the State and its hospitals, through the Explore API of data.economie.gouv.fr.

The portal shows its present state and dates no project: what is received is dated by that state (``data_processed``),
so an unchanged project keeps the day when the watch first saw it. ``responsable`` may name a person: it is not asked.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scanner.source import load
from spiders.opendatasoft import OpendatasoftSpider

PARIS = ZoneInfo("Europe/Paris")


class ApprochSpider(OpendatasoftSpider):
    """Every project to be published later, or whose forecast is little overdue or unknown, in one reading."""

    name = "approch"
    dataset = "projets-dachats-publics"
    day_field = "date_previsionnelle_de_publication"
    key_field = "code"
    numeric_key = True
    select = ",".join(name for name in load("approch").fields if name not in load("approch").ignore)

    def queries(self) -> list[tuple[date, str]]:
        """One reading, for the last day asked; none when that day is too far behind the state that is shown."""
        late = (self._state().astimezone(PARIS).date() - self.until).days
        if late > load("approch").expect["late_days"]:
            self._issue(
                self.until.isoformat(),
                "state-too-late",
                f"La source ne montre que son état présent, postérieur de {late} jours au {self.until:%d/%m/%Y} : "
                "aucun projet n'est lu pour cette période ; lire celle qui vient de finir.",
            )
            return []
        first = self.until - timedelta(days=load("approch").expect["overdue_days"])
        return [(self.until, f"({self.day_field}>=date'{first.isoformat()}' or {self.day_field} is null)")]

    def received_at(self) -> datetime:
        """The instant of the state that is shown, brought back to the end of the last day asked."""
        end = datetime.combine(self.until, time(23, 59, 59), PARIS).astimezone(UTC)
        start = datetime.combine(self.since, time(), PARIS).astimezone(UTC)
        return max(min(self._state(), end), start)

    def _state(self) -> datetime:
        try:
            told = datetime.fromisoformat(self.described["metas"]["default"]["data_processed"])
        except (KeyError, TypeError, ValueError):
            told = datetime.now(UTC)
            if self.described:
                self._issue(
                    "",
                    "state-undated",
                    "La source ne dit plus la date de son état (data_processed), celle de la lecture la remplace ; "
                    "retrouver où elle la dit et corriger spiders/approch.py.",
                )
        return told if told.tzinfo else told.replace(tzinfo=UTC)
