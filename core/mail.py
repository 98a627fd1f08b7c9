"""Sending mail: by SMTP when a server is configured, else into files that an operator can read; no wording."""

from __future__ import annotations

import logging
import os
import smtplib
import ssl
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from core.config import Config

TIMEOUT_S = 10
log = logging.getLogger("goldthread.mail")


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of plain text."""

    recipient: str
    subject: str
    body: str


def send_mail(config: Config, mail: Mail) -> None:
    """Hand a message to the mail server, or put it into `data_dir/outbox` where none is configured or it fails.

    Never raises for a server that cannot be reached: what the message is about is done already. The log names the
    file, never the recipient, the subject or the text.
    """
    message = EmailMessage()
    message["From"] = config.mail_sender
    message["To"] = mail.recipient
    message["Subject"] = " ".join(mail.subject.split())
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    if config.mail_host:
        try:
            _deliver(config, message)
            return
        except (OSError, smtplib.SMTPException) as error:
            log.error("the mail server did not take a message (%s)", type(error).__name__)
    log.info("a message was written to outbox/%s", _keep(config.data_dir / "outbox", message).name)


def _deliver(config: Config, message: EmailMessage) -> None:
    with smtplib.SMTP(config.mail_host, config.mail_port, timeout=TIMEOUT_S) as server:
        server.ehlo()
        if server.has_extn("starttls") or config.mail_user:
            server.starttls(context=ssl.create_default_context())
        if config.mail_user:
            server.login(config.mail_user, config.mail_password)
        server.send_message(message)


def _keep(folder: Path, message: EmailMessage) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{uuid.uuid4().hex}.eml"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(bytes(message))
    return path
