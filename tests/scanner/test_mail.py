"""Letters by mail: one a week, an edition and a person; after a kill at any instant, never a second one unasked."""

from __future__ import annotations

import email
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, LoginPassword
from typer.testing import CliRunner

from scanner.cli import app
from scanner.config import Config
from scanner.datafile import DataFileError
from scanner.mail_settings import MailSettings
from scanner.mailing.post import Report, mail
from scanner.mailing.smtp import PASSWORD, USER, MailError
from scanner.store import Store
from tests.feeds.samples import RESERVED, edition, item, lot

WEEK = "2026-W47"
HEAD = "adresse;edition;departements;metiers;type;nom\n"
PEOPLE = HEAD + "mission@exemple.fr;mission;34;;;\nea@exemple.fr;structure;34;;EA;Zoé\n"


class Box:
    """A post office that keeps what it takes; ``answers`` gives an address another reply to RCPT or DATA."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.rcpt: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self.secure: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data.get(envelope.rcpt_tos[0], "250 OK")
        if answer.startswith("250"):
            parsed = email.message_from_bytes(envelope.content, policy=policy.SMTP)
            assert isinstance(parsed, EmailMessage)
            self.letters.append((list(envelope.rcpt_tos), parsed))
            self.secure.append(session.ssl is not None)
        return answer

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for people, letter in self.letters if people == [address]]


@contextmanager
def office(box: Box, **options: Any) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)  # type: ignore[no-untyped-call]
    controller.start()  # type: ignore[no-untyped-call]
    try:
        yield port
    finally:
        controller.stop()  # type: ignore[no-untyped-call]


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def config(tmp_path: Path, box: Box) -> Iterator[Config]:
    (tmp_path / "abonnes.csv").write_text(PEOPLE, encoding="utf-8")
    with office(box) as port:
        yield Config(
            contact="contact@exemple.fr",
            mission="Mission d'essai",
            folder=tmp_path,
            mail=MailSettings(
                sender="veille@exemple.fr", reply_to="contact@exemple.fr", unsubscribe="mailto:stop@exemple.fr",
                subscribers=tmp_path / "abonnes.csv", server="127.0.0.1", port=port, security="aucune",
            ),
        )  # fmt: skip


def post(config: Config, made: Any = None, **options: Any) -> Report:
    with Store.open(config.database) as store:
        return mail(store, config, made or edition(RESERVED), **options)


def settings(config: Config, **changes: Any) -> Config:
    assert config.mail
    return replace(config, mail=replace(config.mail, **changes))


def states(config: Config) -> dict[str, str]:
    with Store.open(config.database) as store:
        return {row["adresse"]: row["statut"] for row in store.letters()}


# -- the ordinary week --------------------------------------------------------------------------------------------


def test_nothing_leaves_unless_asked(config: Config, box: Box) -> None:
    report = post(config)
    assert not box.letters and states(config) == {}
    told = "\n".join(report.lines)
    assert "à envoyer : ea@exemple.fr — structure — « Veille, semaine 47" in told
    assert "2 lettres à envoyer, rien n'est parti" in told and report.status == 0


def test_each_subscriber_receives_the_right_letter_once(config: Config, box: Box) -> None:
    assert post(config, really=True).sent == 2
    (mission,), (structure,) = box.to("mission@exemple.fr"), box.to("ea@exemple.fr")
    assert len(box.letters) == 2
    assert "TOUJOURS OUVERTS" in text_of(mission) and "VOUS POUVEZ RÉPONDRE" in text_of(structure)
    assert structure["To"].addresses[0].display_name == "Zoé"
    assert structure["From"].addresses[0].addr_spec == "veille@exemple.fr"
    assert structure["List-Unsubscribe"] == "<mailto:stop@exemple.fr>"
    again = post(config, really=True)
    assert again.sent == 0 and len(box.letters) == 2
    assert "déjà envoyé : ea@exemple.fr" in "\n".join(again.lines)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_what_arrives_is_the_file_kept(config: Config, box: Box) -> None:
    post(config, really=True)
    kept = (config.private / "lettres" / f"{WEEK}-structure.eml").read_bytes()
    (arrived,) = box.to("ea@exemple.fr")
    assert email.message_from_bytes(kept, policy=policy.SMTP).as_bytes().rstrip() == arrived.as_bytes().rstrip()


def test_the_same_person_has_a_letter_for_each_edition_and_each_week(config: Config, box: Box) -> None:
    with (config.folder / "abonnes.csv").open("a", encoding="utf-8") as people:
        people.write("ea@exemple.fr;facilitateur;34;;;\n")
    post(config, really=True)
    next_week = edition(RESERVED, since=date(2026, 11, 23), until=date(2026, 11, 29), reference=date(2026, 11, 30))
    post(config, next_week, really=True)
    ids = [letter["Message-ID"] for letter in box.to("ea@exemple.fr")]
    assert len(ids) == 4 and len(set(ids)) == 4


def test_who_joins_later_receives_the_letter_alone(config: Config, box: Box) -> None:
    post(config, really=True)
    with (config.folder / "abonnes.csv").open("a", encoding="utf-8") as people:
        people.write("nouveau@exemple.fr;mission;;;;\n")
    assert post(config, really=True).sent == 1 and len(box.to("nouveau@exemple.fr")) == 1


def test_who_leaves_has_no_letter_kept(config: Config) -> None:
    post(config)
    (config.folder / "abonnes.csv").write_text(PEOPLE.rsplit("\n", 2)[0] + "\n", encoding="utf-8")
    post(config)
    assert [path.name for path in (config.private / "lettres").iterdir()] == [f"{WEEK}-mission.eml"]


def test_the_journal_tells_who_received_what(config: Config) -> None:
    post(config, really=True)
    rows = (config.private / "envois.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("semaine;edition;adresse;statut")
    assert f"{WEEK};structure;ea@exemple.fr;envoyé;" in rows[2]


def test_addresses_stay_private(config: Config) -> None:
    post(config, really=True)
    assert not config.public.exists() or b"ea@exemple.fr" not in b"".join(
        path.read_bytes() for path in config.public.rglob("*") if path.is_file()
    )
    with Store.open(config.database) as store:
        assert "ea@exemple.fr" not in "\n".join(store.dump_canonical())


# -- the kill -----------------------------------------------------------------------------------------------------


def during(moment: str, what: Callable[[], Any]) -> Callable[..., Any]:
    """The hand-over of smtplib, interrupted before or after the server has taken the message."""
    whole = smtplib.SMTP.data

    def data(self: smtplib.SMTP, body: Any) -> Any:
        if moment == "after":
            whole(self, body)
        return what()

    return data


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
def test_an_interrupted_hand_over_is_uncertain_and_not_repeated(
    config: Config, box: Box, monkeypatch: pytest.MonkeyPatch, moment: str, arrived: int
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(smtplib.SMTP, "data", during(moment, interrupt))
        post(config, really=True)
    assert states(config) == {"mission@exemple.fr": "à confirmer"}
    report = post(config, really=True)
    assert "envoi incertain : mission@exemple.fr" in "\n".join(report.lines)
    assert len(box.to("mission@exemple.fr")) == arrived and len(box.to("ea@exemple.fr")) == 1


KILLED = """
import os, smtplib, sys
from pathlib import Path
from scanner.cli import app
from scanner.config import Config
from scanner.mailing.post import mail
from scanner.mail_settings import MailSettings
from scanner.mailing.smtp import PASSWORD, USER, MailError
from scanner.store import Store
from tests.feeds.samples import RESERVED, edition
folder, port, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
whole = smtplib.SMTP.data
def data(self, body):
    if moment == "after":
        whole(self, body)
    os._exit(9)
smtplib.SMTP.data = data
config = Config(folder=folder, mail=MailSettings(sender="veille@exemple.fr", subscribers=folder / "abonnes.csv",
    server="127.0.0.1", port=port, security="aucune"))
with Store.open(config.database) as store:
    mail(store, config, edition(RESERVED), really=True)
"""


@pytest.mark.parametrize(("moment", "arrived"), [("before", 0), ("after", 1)])
def test_a_killed_process_is_never_repeated_unasked_and_keeps_its_identity(
    config: Config, box: Box, moment: str, arrived: int
) -> None:
    assert config.mail
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", KILLED, str(config.folder), str(config.mail.port), moment]
    assert subprocess.run(command, cwd=root, timeout=60).returncode == 9
    assert states(config) == {"mission@exemple.fr": "à confirmer"}
    with Store.open(config.database) as store:
        (intended,) = [row["message_id"] for row in store.letters()]
    post(config, really=True)
    assert len(box.to("mission@exemple.fr")) == arrived
    dry = "\n".join(post(config).lines)
    assert "envoi incertain : mission@exemple.fr" in dry
    report = post(config, again="Mission@Exemple.fr")
    assert report.sent == 1 and states(config)["mission@exemple.fr"] == "envoyé"
    assert {letter["Message-ID"] for letter in box.to("mission@exemple.fr")} == {intended}
    assert len(box.to("mission@exemple.fr")) == arrived + 1 and len(box.to("ea@exemple.fr")) == 1


def test_a_letter_sent_again_keeps_its_identity_under_another_sender(
    config: Config, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(smtplib.SMTP, "data", during("after", interrupt))
        post(config, really=True)
    post(settings(config, sender="autre@ailleurs.fr"), again="mission@exemple.fr")
    assert len({letter["Message-ID"] for letter in box.to("mission@exemple.fr")}) == 1


def test_an_uncertain_letter_of_another_week_is_still_told(
    config: Config, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(smtplib.SMTP, "data", during("before", interrupt))
        post(config, really=True)
    later = edition(since=date(2026, 11, 23), until=date(2026, 11, 29), reference=date(2026, 11, 30))
    assert f"mission@exemple.fr — mission — {WEEK}" in "\n".join(post(config, later).lines)


def test_what_was_sent_or_never_tried_is_not_sent_again(config: Config, box: Box) -> None:
    with pytest.raises(MailError, match="à envoyer"):
        post(config, again="ea@exemple.fr")
    post(config, really=True)
    for address in ("ea@exemple.fr", "inconnu@exemple.fr"):
        with pytest.raises(MailError, match=r"déjà envoyé|aucune lettre"):
            post(config, again=address)
    assert len(box.letters) == 2


def test_the_intent_is_on_the_disk_before_the_message_leaves(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    whole = smtplib.SMTP.data

    def data(self: smtplib.SMTP, body: Any) -> Any:
        seen.append(states(config))  # another connection: what is not committed cannot be seen
        return whole(self, body)

    monkeypatch.setattr(smtplib.SMTP, "data", data)
    post(config, really=True)
    assert seen[0] == {"mission@exemple.fr": "à confirmer"}
    assert seen[1] == {"mission@exemple.fr": "envoyé", "ea@exemple.fr": "à confirmer"}


# -- refusals -----------------------------------------------------------------------------------------------------


def test_a_refused_address_is_told_and_does_not_stop_the_others(config: Config, box: Box) -> None:
    box.rcpt["mission@exemple.fr"] = "550 5.1.1 inconnu ici"
    report = post(config, really=True)
    assert states(config) == {"mission@exemple.fr": "refusé", "ea@exemple.fr": "envoyé"}
    assert report.status == 1 and "550 5.1.1 inconnu ici" in "\n".join(report.lines)
    box.rcpt.clear()
    assert post(config, really=True).sent == 0
    assert post(config, again="mission@exemple.fr").sent == 1


def test_a_refused_message_is_no_doubt(config: Config, box: Box) -> None:
    box.data["mission@exemple.fr"] = "554 5.7.1 refusé"
    post(config, really=True)
    assert states(config)["mission@exemple.fr"] == "refusé"


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_letter_put_off_leaves_at_the_next_run(config: Config, box: Box, stage: str) -> None:
    getattr(box, stage)["mission@exemple.fr"] = "451 4.7.1 plus tard"
    assert post(config, really=True).status == 1
    assert states(config)["mission@exemple.fr"] == "différé"
    getattr(box, stage).clear()
    assert post(config, really=True).sent == 1
    assert len(box.to("mission@exemple.fr")) == 1 and len(box.to("ea@exemple.fr")) == 1


def test_a_server_that_hangs_up_during_the_message_leaves_a_doubt_and_serves_the_next(
    config: Config, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, calls = smtplib.SMTP.data, []

    def data(self: smtplib.SMTP, body: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            self.close()
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return whole(self, body)

    monkeypatch.setattr(smtplib.SMTP, "data", data)
    report = post(config, really=True)
    assert states(config) == {"mission@exemple.fr": "à confirmer", "ea@exemple.fr": "envoyé"}
    assert report.status == 1 and "--renvoyer mission@exemple.fr" in "\n".join(report.lines)


def test_a_server_that_answers_nothing_any_more_is_left_in_peace(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = "".join(f"p{n}@exemple.fr;mission;;;;\n" for n in range(9))
    (config.folder / "abonnes.csv").write_text("adresse;edition\n" + people, encoding="utf-8")

    def data(self: smtplib.SMTP, body: Any) -> Any:
        self.close()
        raise TimeoutError("timed out")

    monkeypatch.setattr(smtplib.SMTP, "data", data)
    report = post(config, really=True)
    assert list(states(config).values()) == ["à confirmer"] * 3 and "Arrêt" in report.lines[-2]


def test_a_server_that_takes_one_letter_a_connection_receives_them_all_once(
    config: Config, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = smtplib.SMTP.rset

    def rset(self: smtplib.SMTP) -> Any:
        if getattr(self, "worn", False):
            self.close()
            raise smtplib.SMTPServerDisconnected("421 trop de lettres")
        self.worn = True  # type: ignore[attr-defined]
        return whole(self)

    monkeypatch.setattr(smtplib.SMTP, "rset", rset)
    assert post(config, really=True).sent == 2
    assert len(box.letters) == 2 and set(states(config).values()) == {"envoyé"}


def test_without_a_server_nothing_is_intended(config: Config) -> None:
    report = post(settings(config, port=1), really=True)
    assert report.status == 1 and "ne peut être utilisé" in "\n".join(report.lines) and states(config) == {}


# -- encryption and credentials -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


def server_side(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def authenticator(server: Server, session: Any, envelope: Any, mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"veille", b"secret"), handled=False)


def test_starttls_with_the_credentials_of_the_environment(
    config: Config, box: Box, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(USER, "veille")
    monkeypatch.setenv(PASSWORD, "secret")
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    options = {
        "tls_context": server_side(certificate), "require_starttls": True, "auth_required": True,
        "authenticator": authenticator,
    }  # fmt: skip
    with office(box, **options) as port:
        secure = settings(config, server="localhost", port=port, security="starttls")
        assert post(secure, really=True, context=trusted).sent == 2
        assert box.secure == [True, True]
        monkeypatch.setenv(PASSWORD, "faux")
        with (config.folder / "abonnes.csv").open("a", encoding="utf-8") as people:
            people.write("b@exemple.fr;mission;;;;\n")
        report = post(secure, really=True, context=trusted)
        told = "\n".join(report.lines)
        assert report.sent == 0 and "535" in told and "faux" not in told and "b@exemple.fr" not in states(config)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    config: Config, box: Box, certificate: tuple[Path, Path]
) -> None:
    with office(box, tls_context=server_side(certificate)) as port:
        report = post(settings(config, server="localhost", port=port, security="starttls"), really=True)
    assert report.status == 1 and not box.letters and states(config) == {}


def test_a_server_without_starttls_receives_nothing_in_clear(config: Config, box: Box) -> None:
    report = post(settings(config, security="starttls"), really=True)
    assert report.status == 1 and not box.letters and states(config) == {}


def test_half_a_pair_of_credentials_is_a_mistake(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "veille")
    report = post(config, really=True)
    assert PASSWORD in "\n".join(report.lines) and report.sent == 0


# -- mistakes -----------------------------------------------------------------------------------------------------


def test_a_missing_block_file_or_server_is_one_sentence(config: Config) -> None:
    with pytest.raises(DataFileError, match="courriel"):
        post(replace(config, mail=None))
    with pytest.raises(DataFileError, match="serveur"):
        post(settings(config, server=""), really=True)
    (config.folder / "abonnes.csv").unlink()
    with pytest.raises(DataFileError, match="liste d'abonnés illisible"):
        post(config)


def test_a_hostile_tender_adds_no_header_and_no_recipient(config: Config, box: Box) -> None:
    bad = "Objet\r\nBcc: pirate@exemple.fr\r\n.\r\nMAIL FROM:<x@exemple.fr>\r\n\x00"
    made = edition(item("26-8", lot(None, "clause"), title=bad, buyer=bad), territory=bad, mission=bad)
    post(config, made, really=True)
    assert sorted(people for people, _ in box.letters) == [["ea@exemple.fr"], ["mission@exemple.fr"]]
    for _, letter in box.letters:
        assert letter["Bcc"] is None and "\n" not in letter["Subject"]


def test_the_command_shows_then_sends(config: Config, box: Box) -> None:
    assert config.mail
    toml = (
        '[veille]\ncontact = "contact@exemple.fr"\n[courriel]\nexpediteur = "veille@exemple.fr"\n'
        f'serveur = "127.0.0.1"\nport = {config.mail.port}\nsecurite = "aucune"\n'
    )
    (config.folder / "veille.toml").write_text(toml, encoding="utf-8")
    Store.open(config.database).close()
    command = ["publish", "--until", "2026-11-22", "-c", str(config.folder / "veille.toml")]
    runner = CliRunner()
    shown = runner.invoke(app, [*command, "--mail"])
    assert shown.exit_code == 0 and "rien n'est parti" in shown.stdout and not box.letters
    sent = runner.invoke(app, [*command, "--mail", "--envoyer"])
    assert sent.exit_code == 0 and "2 lettres envoyées" in sent.stdout and len(box.letters) == 2
    public = b"".join(path.read_bytes() for path in config.public.rglob("*") if path.is_file())
    assert public and b"ea@exemple.fr" not in public
