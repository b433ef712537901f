"""A mistake in veille.toml gets one French sentence that names key, value and what is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import read, template
from scanner.datafile import DataFileError

SENDER = '[courriel]\nexpediteur = "veille@exemple.fr"\n'
GOOD = '[veille]\ncontact = "mission@exemple.invalid"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "veille.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shortest_configuration_watches_the_whole_country(tmp_path: Path) -> None:
    config = read(written(tmp_path, GOOD))
    assert config.territory.name == "France entière"
    assert config.database == tmp_path / "veille.db"
    assert "mission@exemple.invalid" in config.user_agent


def test_what_init_writes_reads_back(tmp_path: Path) -> None:
    text = template(contact="a@exemple.invalid", mission='La "mission"', departements=("34", "2A"))
    config = read(written(tmp_path, text))
    assert config.territory.departements == ("34", "2A")
    assert config.mission == "La 'mission'"


def test_a_csv_of_postcodes_makes_the_territory(tmp_path: Path) -> None:
    (tmp_path / "zone.csv").write_text("code postal;nom\n34000;Ville\n34070;Autre\n", encoding="utf-8")
    config = read(written(tmp_path, GOOD + '[territoire]\nfichier = "zone.csv"\n'))
    assert config.territory.postcodes == ("34000", "34070")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["veille", "manquante"]),
        ("[veille]\ncontact = 12\n", ["contact", "12", "texte"]),
        ('[veille]\ncontact = "personne"\n', ["contact", "personne", "adresse"]),
        (GOOD + "[territoire]\ndepartements = [34]\n", ["34", "guillemets"]),
        (GOOD + '[territoire]\ndepartements = ["96"]\n', ["departements", "96", "2A"]),
        (GOOD + '[territoire]\ncodes_postaux = ["340"]\n', ["codes_postaux", "340", "cinq chiffres"]),
        (GOOD + '[territoire]\nregion = "11"\n', ["region", "departements"]),
        (GOOD + "[sources.boanp]\n", ["boanp", "boamp"]),
        (GOOD + '[sources.boamp]\ndelay = "vite"\n', ["delay", "vite", "nombre"]),
        (GOOD + "[sources.boamp]\ndelay = -1\n", ["delay"]),
        (GOOD + "[sources.boamp]\ntimeout = 0\n", ["timeout"]),
        (GOOD + "[sources.boamp]\nwait = -1\n", ["wait"]),
        (GOOD + '[sorties]\nadresse_publique = "javascript:alert(1)"\n', ["adresse_publique", "http"]),
        (GOOD + "[courriel]\n", ["courriel", "expediteur", "manquante"]),
        (GOOD + '[courriel]\nexpediteur = "veille"\n', ["expediteur", "veille", "adresse"]),
        (GOOD + SENDER + 'reponse = "a@exemple.fr\\nBcc: b@exemple.fr"\n', ["reponse", "adresse"]),
        (GOOD + SENDER + 'securite = "ssl"\n', ["securite", "ssl", "starttls, tls, aucune"]),
        (
            GOOD + SENDER + 'serveur = "smtp.exemple.fr"\nsecurite = "aucune"\n',
            ["aucune", "smtp.exemple.fr", "localhost"],
        ),
        (GOOD + SENDER + 'serveur = "smtp exemple"\n', ["serveur", "smtp exemple"]),
        (GOOD + SENDER + "port = 0\n", ["port", "0", "65535"]),
        (GOOD + SENDER + 'port = "587"\n', ["port", "587", "nombre entier"]),
        (GOOD + SENDER + 'logo = "absent.png"\n', ["logo", "absent.png", "n'existe pas"]),
        (GOOD + SENDER + 'logo = "logo.svg"\n', ["logo", "logo.svg", "PNG"]),
        (GOOD + SENDER + 'desabonnement = "http://exemple.fr"\n', ["desabonnement", "https"]),
        (GOOD + SENDER + 'desabonnement = "https://exemple.fr/>\\r\\nBcc: x"\n', ["desabonnement"]),
        (GOOD + SENDER + 'mot_de_passe = "secret"\n', ["mot_de_passe", "inconnue"]),
        ("[veille\n", ["TOML"]),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(DataFileError) as caught:
        read(written(tmp_path, text))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_the_mail_has_safe_defaults(tmp_path: Path) -> None:
    mail = read(written(tmp_path, GOOD + SENDER + 'desabonnement = "stop@exemple.fr"\n')).mail
    assert mail is not None
    assert (mail.security, mail.port, mail.unsubscribe) == ("starttls", 587, "mailto:stop@exemple.fr")
    assert mail.subscribers == tmp_path / "abonnes.csv"
    local = read(written(tmp_path, GOOD + SENDER + 'serveur = "127.0.0.1"\nsecurite = "aucune"\n')).mail
    assert local is not None and local.port == 25
    assert read(written(tmp_path, GOOD)).mail is None
