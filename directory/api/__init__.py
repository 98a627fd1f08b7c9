"""The directory for programs: the search (`/api/search`) and HSDS 3.1 (`/api/hsds`)."""

from directory.api.hsds import blueprint as hsds_blueprint
from directory.api.search import blueprint

__all__ = ["blueprint", "hsds_blueprint"]
