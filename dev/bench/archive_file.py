"""A mbox file as a mail program keeps it, made up: about 21 kB a mail.

A mail in two has an HTML text, two in five a PDF of 36 kB. Every twentieth names an invoice, every hundredth is a
bounce of an earlier one (``BOUNCE_EACH``). A line in each begins with "From ", and the file has quoted it.
"""

import base64
import random
from pathlib import Path

INVOICES = 500
CONTACTS = 3000
BOUNCE_EACH = 100
WORDS = "dear thank you for the order please find enclosed invoice payment within days kind regards team sales".split()


def write(path: Path, count: int) -> None:
    rng = random.Random(1)
    pdf = base64.encodebytes(b"%PDF-1.4\n" + rng.randbytes(36_000)).decode()
    with path.open("w") as stream:
        for number in range(count):
            stream.write("From - Mon Jun 15 10:00:00 2020\n")
            stream.write(bounce(number - 50) if number % BOUNCE_EACH == BOUNCE_EACH - 1 else mail(number, pdf, rng))
            stream.write("\n")


def mail(number: int, pdf: str, rng: random.Random) -> str:
    text = " ".join(rng.choices(WORDS, k=120))
    subject = f"Invoice INV/2026/{number % INVOICES:05}" if number % 20 == 0 else f"Offer {number}"
    plain = (
        f"Content-Type: text/plain; charset=utf-8\n\nDear customer {number},\n\n{text}\n\nFrom here on it is yours.\n"
    )
    plain = plain.replace("\nFrom", "\n>From")
    rows = "".join(
        f"<tr><td style='color:red'>{word}</td><td><b>{number}</b></td></tr>" for word in rng.choices(WORDS, k=30)
    )
    html = f"Content-Type: text/html; charset=utf-8\n\n<html><body><p>{text}</p><table>{rows}</table></body></html>\n"
    parts = (
        [plain]
        if number % 2
        else ['Content-Type: multipart/alternative; boundary="A"\n\n--A\n' + plain + "\n--A\n" + html + "\n--A--\n"]
    )
    if number % 5 < 2:  # each file has bytes of its own, as invoices have
        first = base64.b64encode(b"%%PDF-1.4 %09d %s" % (number, b"x" * 38)).decode()
        parts.append(
            f'Content-Type: application/pdf; name="doc{number}.pdf"\n'
            f'Content-Disposition: attachment; filename="doc{number}.pdf"\n'
            f"Content-Transfer-Encoding: base64\n\n{first}\n{pdf}"
        )
    body = parts[0]
    if len(parts) > 1:
        body = 'Content-Type: multipart/mixed; boundary="B"\n\n--B\n' + "\n--B\n".join(parts) + "\n--B--\n"
    return (
        f"From: Sales <sales@example.com>\nTo: Customer {number % CONTACTS} <customer{number % CONTACTS}@example.org>\n"
        f"Subject: {subject}\nDate: Mon, 15 Jun 2020 10:00:00 +0200\nMessage-ID: <{number}@mail.example.com>\n"
        f"MIME-Version: 1.0\n{body}"
    )


def bounce(number: int) -> str:
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.org\nTo: sales@example.com\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        f"Date: Mon, 15 Jun 2020 11:00:00 +0200\nMessage-ID: <bounce-{number}@mx.example.org>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="R"\n\n'
        "--R\nContent-Type: text/plain\n\nSorry.\n"
        "--R\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
        f"Final-Recipient: rfc822; customer{number % CONTACTS}@example.org\nAction: failed\nStatus: 5.1.1\n\n"
        f"--R\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{number}@mail.example.com>\n\n--R--\n"
    )
