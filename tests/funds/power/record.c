/* Records in one order what a program does to a database and its journal: interposed before libc by LD_PRELOAD.
   RECORD_FILES is the path that every watched name begins with, RECORD_FOLDER the folder whose sync counts,
   RECORD_TO the log. Each record: kind (1 byte), offset and length (8 bytes each), the name's length (2) and name, data. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST 4096
static char *names[MOST];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -2;

static int is_watched(const char *path) {
  const char *files = getenv("RECORD_FILES"), *folder = getenv("RECORD_FOLDER");
  if (!path || !files || !folder) return 0;
  return strncmp(path, files, strlen(files)) == 0 || strcmp(path, folder) == 0;
}

static void put(const void *data, size_t length) {
  const char *at = data;
  while (length > 0) {
    long done = syscall(SYS_write, out, at, length);
    if (done <= 0) abort();
    at += done;
    length -= (size_t)done;
  }
}

static void record(char kind, const char *name, int64_t offset, const void *data, int64_t length) {
  if (out == -2) {
    const char *to = getenv("RECORD_TO");
    out = to ? (int)syscall(SYS_openat, AT_FDCWD, to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
  }
  if (out < 0) return;
  uint16_t size = (uint16_t)strlen(name);
  put(&kind, 1);
  put(&offset, 8);
  put(&length, 8);
  put(&size, 2);
  put(name, size);
  if (data) put(data, (size_t)length);
}

static void remember(int fd, const char *path, int flags) {
  if (fd < 0 || fd >= MOST || !is_watched(path)) return;
  pthread_mutex_lock(&lock);
  free(names[fd]);
  names[fd] = strdup(path);
  record(flags & O_CREAT ? 'c' : 'o', path, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
}

#define NAME(fd) ((fd) >= 0 && (fd) < MOST ? names[fd] : NULL)
#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

#define OPENER(symbol)                                                     \
  int symbol(const char *path, int flags, ...) {                          \
    va_list more;                                                         \
    va_start(more, flags);                                                \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                         \
    int fd = REAL(int, #symbol, const char *, int, ...)(path, flags, mode); \
    remember(fd, path, flags);                                            \
    return fd;                                                            \
  }
OPENER(open)
OPENER(open64)

int close(int fd) {
  pthread_mutex_lock(&lock);
  if (NAME(fd)) {
    free(names[fd]);
    names[fd] = NULL;
  }
  pthread_mutex_unlock(&lock);
  return REAL(int, "close", int)(fd);
}

#define WRITER(symbol, type)                                                          \
  ssize_t symbol(int fd, const void *data, size_t length, type offset) {             \
    ssize_t done = REAL(ssize_t, #symbol, int, const void *, size_t, type)(fd, data, length, offset); \
    if (done > 0 && NAME(fd)) {                                                       \
      pthread_mutex_lock(&lock);                                                      \
      record('w', names[fd], (int64_t)offset, data, done);                            \
      pthread_mutex_unlock(&lock);                                                    \
    }                                                                                 \
    return done;                                                                      \
  }
WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t length) {
  int64_t at = NAME(fd) ? (int64_t)lseek(fd, 0, SEEK_CUR) : 0;
  ssize_t done = REAL(ssize_t, "write", int, const void *, size_t)(fd, data, length);
  if (done > 0 && NAME(fd)) {
    pthread_mutex_lock(&lock);
    record('w', names[fd], at, data, done);
    pthread_mutex_unlock(&lock);
  }
  return done;
}

#define CUTTER(symbol, type)                                     \
  int symbol(int fd, type length) {                              \
    int done = REAL(int, #symbol, int, type)(fd, length);        \
    if (done == 0 && NAME(fd)) {                                 \
      pthread_mutex_lock(&lock);                                 \
      record('t', names[fd], (int64_t)length, NULL, 0);          \
      pthread_mutex_unlock(&lock);                               \
    }                                                            \
    return done;                                                 \
  }
CUTTER(ftruncate, off_t)
CUTTER(ftruncate64, off64_t)

#define SYNCER(symbol)                                           \
  int symbol(int fd) {                                           \
    int done = REAL(int, #symbol, int)(fd);                      \
    if (done == 0 && NAME(fd)) {                                 \
      pthread_mutex_lock(&lock);                                 \
      record('s', names[fd], 0, NULL, 0);                        \
      pthread_mutex_unlock(&lock);                               \
    }                                                            \
    return done;                                                 \
  }
SYNCER(fsync)
SYNCER(fdatasync)

int unlink(const char *path) {
  int done = REAL(int, "unlink", const char *)(path);
  if (done == 0 && is_watched(path)) {
    pthread_mutex_lock(&lock);
    record('u', path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
  }
  return done;
}
