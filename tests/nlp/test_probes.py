"""Is each probe read as its writer meant? The known failures are named, and leave the list when they pass."""

from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from nlp.classify import classify
from nlp.evaluate import passage_notice
from scanner.datafile import read_yaml
from scanner.notice import lot_number

PROBES = Path(__file__).with_name("probes")
KNOWN = Path(__file__).with_name("probes_known_misses.yml")
CASES = [(path.stem, probe) for path in sorted(PROBES.glob("*.yml")) for probe in read_yaml(path)]
IDS = [f"{family}-{number}" for number, (family, _) in enumerate(CASES)]
#: How many characters of its text name a probe in the list of known misses.
PREFIX = 80


def key(family, probe):
    return family, probe["text"][:PREFIX]


@cache
def known_misses():
    return {(family, text) for family, prefixes in read_yaml(KNOWN).items() for text in prefixes}


def expected(probe):
    """(label, reading, lot, hours, percent); None where it does not matter. What binds states its hours, or none."""
    return {
        (entry["label"], entry["reading"], lot, hours_of(entry), values(entry.get("percent")))
        for entry in probe["expect"]
        for lot in map(number_of, entry.get("lots", [None]))
    }


def number_of(lot):
    return None if lot in (None, "*") else lot_number(lot)


def hours_of(entry):
    return values(entry.get("hours", None if entry["reading"] == "denied" else []))


def values(stated):
    return None if stated is None else frozenset(one["value"] if isinstance(one, dict) else one for one in stated)


def found(probe):
    told = defaultdict(lambda: (set(), set()))
    for lot in classify(passage_notice(probe["text"], probe.get("field", "conditions"))).lots:
        for one in lot.findings:
            hours, percent = told[one.label, one.reading, lot.number]
            hours |= {stated.value for stated in one.hours}
            percent |= {stated.value for stated in one.percent}
    return {(*name, frozenset(hours), frozenset(percent)) for name, (hours, percent) in told.items()}


def as_meant(probe):
    wanted = {case[:3]: case[3:] for case in expected(probe)}
    got = {case[:3]: case[3:] for case in found(probe)}
    return wanted.keys() == got.keys() and all(
        want in (None, have) for name in wanted for want, have in zip(wanted[name], got[name], strict=True)
    )


@pytest.mark.parametrize("family, probe", CASES, ids=IDS)
def test_probe(family, probe):
    if key(family, probe) in known_misses():
        assert not as_meant(probe), f"lu comme attendu : retirez-le de {KNOWN.name} ({family}) : {probe['text']}"
        return
    assert as_meant(probe), f"{probe['text']}\nattendu {expected(probe)}\nlu {found(probe)}\n{probe.get('why', '')}"


def test_there_are_enough_probes_of_every_family():
    families = {family for family, _ in CASES}
    assert len(CASES) >= 120
    assert families >= {
        "negation", "option_incitation", "conditions", "pseudo_cues", "form_lines", "rectifications",
        "exceptions_lots", "headings_enumerations", "quantities", "confusers",
    }  # fmt: skip
    assert min(sum(1 for family, _ in CASES if family == name) for name in families) >= 20


def test_probes_are_named_without_doubt_and_known_misses_exist():
    names = [key(family, probe) for family, probe in CASES]
    assert len(set(names)) == len(names), "deux épreuves commencent pareil : allongez PREFIX"
    assert not known_misses() - set(names), "fautes connues sans épreuve : retirez-les"


def write_known_misses():
    """Write the list afresh (``python -m tests.nlp.test_probes``), to be read before it is committed."""
    import yaml

    missed = defaultdict(list)
    for family, probe in CASES:
        if not as_meant(probe):
            missed[family].append(probe["text"][:PREFIX])
    total = sum(map(len, missed.values()))
    KNOWN.write_text(
        "# Épreuves qui ne sont pas encore lues comme attendu : début de leur texte, par famille. Une épreuve qui\n"
        "# passe fait échouer le test : retirez-la d'ici (ou « python -m tests.nlp.test_probes »).\n"
        f"# Au dernier relevé : {total} sur {len(CASES)}.\n"
        + yaml.safe_dump(dict(missed), allow_unicode=True, width=1000, default_style='"', sort_keys=True),
        encoding="utf-8",
    )
    print(f"{total} sur {len(CASES)}")


if __name__ == "__main__":
    write_known_misses()
