"""The group that the fund's commands hang on."""

from flask.cli import AppGroup

group = AppGroup("funds", help="The self-determination fund: its books, their proof, exports, year end.")
