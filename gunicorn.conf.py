"""How gunicorn serves the site: two processes of a few threads each, on this machine only, behind whatever ends TLS.

Other values go into gunicorn's own variables, WEB_CONCURRENCY and GUNICORN_CMD_ARGS (docs/deploy.md); the settings of
the site itself are not read here.
"""

import gc
import os

wsgi_app = "app:create_served_app()"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

# Each worker holds the search index in memory, so a thread costs less than a worker.
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
# Database connections and the index's open files must not be shared over a fork.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 5
# A worker that grew is replaced now and then; the jitter keeps both from leaving at once.
max_requests = 20_000
max_requests_jitter = 2_000
# Heartbeats in memory: a slow disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn makes a private file there
# Nothing asks a running server for its state.
control_socket_disable = True

# What is there after the start stays: looking through it for garbage again and again is work for nothing.
GARBAGE_THRESHOLDS = 20_000, 20, 50


def post_worker_init(_worker: object) -> None:
    """Set the garbage collector to what a page leaves behind."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


# Bounds on what a stranger may send before the site looks at it.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# `%(U)s` is the path without its query string: what people search for is not written down. Nor is who they are.
accesslog = "-"
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
errorlog = "-"
loglevel = "warning"
