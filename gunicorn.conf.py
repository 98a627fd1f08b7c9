"""How gunicorn serves the site: two processes of a few threads each, behind whatever ends TLS.

Each worker holds the search index in memory, so more threads cost less than more workers. Addresses, sizes and files
may be given in the environment (README, "Settings"); what the site does is not decided here.
"""

import os

wsgi_app = "app:create_app()"
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

worker_class = "gthread"
workers = int(os.environ.get("GOLDTHREAD_WORKERS", "2"))
threads = int(os.environ.get("GOLDTHREAD_THREADS", "4"))
# Database connections and the index's file handles must not be shared over a fork.
preload_app = False
timeout = 60
graceful_timeout = 30
keepalive = 5
# A worker that grew is replaced now and then; the jitter keeps both from leaving at once.
max_requests = 20_000
max_requests_jitter = 2_000
# Heartbeats in memory: a slow disk must not look like a hung worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn makes a private file there

# Bounds on what a stranger may send before the site looks at it.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190

# `%(U)s` is the path without its query string: what people search for is not written down. Nor is who they are.
accesslog = os.environ.get("GOLDTHREAD_ACCESS_LOG", "-") or None
access_log_format = "%(t)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
errorlog = "-"
loglevel = "warning"
