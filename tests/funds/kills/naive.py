"""Pages that do it wrong, for the controls.

One reads what is left, decides, and writes what it should be, and so overspends. One answers before it has written,
and so loses what it acknowledged when it is killed.
"""

from __future__ import annotations

import os
import threading
import time

from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine(os.environ["KILLS_DATABASE"])
CENTS = 1_000


@app.get("/")
def up() -> str:
    """Says that the program runs."""
    return "up"


@app.post("/hold/<int:account>")
def hold(account: int) -> tuple[str, int]:
    """Ten dollars, where they are left."""
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT cents FROM account_balance WHERE ledger_account_id = :account"), {"account": account}
        ).scalar_one()
    if left < CENTS:
        return "nothing left", 409
    time.sleep(0.02)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE account_balance SET cents = :cents WHERE ledger_account_id = :account"),
            {"cents": left - CENTS, "account": account},
        )
    return "held", 200


@app.post("/add/<int:account>")
def add(account: int) -> str:
    """One cent, written after the answer."""

    def write() -> None:
        time.sleep(0.05)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE account_balance SET cents = cents + 1 WHERE ledger_account_id = :account"),
                {"account": account},
            )

    threading.Thread(target=write).start()
    return "added"
