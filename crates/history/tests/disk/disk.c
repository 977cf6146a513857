/* A disk that obeys: loaded before the C library into a process under test (LD_PRELOAD).
 *
 * Every change to a file in the folder DISK_FOLDER is written down in the file DISK_LOG, in the
 * order it happened, with its data: from that a test makes the files as a power cut would have
 * left them. What the first word in the file DISK_FAULT says goes wrong with the files whose name
 * begins with "history.db":
 *
 *   full   writing fails: no space is left     readonly  writing fails: a read-only file system
 *   broken writing fails: input/output error   unsynced  syncing fails: input/output error
 *   short  a write writes half of what it has  torn      the same, and the next one finds no space
 *   unread reading fails: input/output error
 *
 * A record of the log: kind (w, t, s, u), length of the name (1 byte), offset (8 bytes), number of
 * bytes (4 bytes), name, bytes. Numbers are little-endian. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static int fault_fd = -1;
static int is_torn = 0;
static char folder[4096];

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_pread)(int, void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void start(void) {
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_read = dlsym(RTLD_NEXT, "read");
  real_pread = dlsym(RTLD_NEXT, "pread64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  const char *named = getenv("DISK_FOLDER");
  if (named == NULL || realpath(named, folder) == NULL) folder[0] = 0;
  const char *log = getenv("DISK_LOG");
  if (log != NULL) log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const char *fault = getenv("DISK_FAULT");
  if (fault != NULL) fault_fd = open(fault, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
}

/* The name of a file in the folder, or NULL for any other. */
static const char *name_in_folder(char *path) {
  size_t length = strlen(folder);
  if (length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
  const char *name = path + length + 1;
  return strchr(name, '/') == NULL && strlen(name) < 256 ? name : NULL;
}

static const char *name_of(int fd, char *path, size_t room) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, room - 1);
  if (length <= 0) return NULL;
  path[length] = 0;
  return name_in_folder(path);
}

/* The caller holds the lock. */
static void note(char kind, const char *name, uint64_t offset, const void *data, uint32_t length) {
  if (log_fd < 0) return;
  static unsigned char *record = NULL;
  static size_t room = 0;
  size_t name_length = strlen(name), size = 14 + name_length + length;
  if (size > room) {
    record = realloc(record, size);
    room = size;
  }
  record[0] = kind;
  record[1] = (unsigned char)name_length;
  memcpy(record + 2, &offset, 8);
  memcpy(record + 10, &length, 4);
  memcpy(record + 14, name, name_length);
  if (length > 0) memcpy(record + 14 + name_length, data, length);
  if (real_write(log_fd, record, size) != (ssize_t)size) abort();
}

static int has_fault(const char *name, const char *fault) {
  char word[16] = {0};
  if (fault_fd < 0 || strncmp(name, "history.db", 10) != 0) return 0;
  if (real_pread(fault_fd, word, sizeof word - 1, 0) < 0) return 0;
  return strcmp(word, fault) == 0;
}

/* The error that writing to a file meets, or 0; `length` may become shorter. */
static int write_fault(const char *name, size_t *length) {
  if (has_fault(name, "full")) return ENOSPC;
  if (has_fault(name, "broken")) return EIO;
  if (has_fault(name, "readonly")) return EROFS;
  if (has_fault(name, "torn")) {
    is_torn = !is_torn;
    if (!is_torn) return ENOSPC;
  } else if (!has_fault(name, "short")) {
    return 0;
  }
  if (*length > 1) *length /= 2;
  return 0;
}

static ssize_t changed(int fd, const void *data, size_t length, off_t offset, int is_at) {
  char path[4096];
  const char *name = name_of(fd, path, sizeof path);
  if (name == NULL)
    return is_at ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
  pthread_mutex_lock(&lock);
  int fault = write_fault(name, &length);
  ssize_t written = -1;
  if (fault == 0) {
    if (!is_at && fcntl(fd, F_GETFL) & O_APPEND) offset = lseek(fd, 0, SEEK_END);
    else if (!is_at) offset = lseek(fd, 0, SEEK_CUR);
    written = is_at ? real_pwrite(fd, data, length, offset) : real_write(fd, data, length);
    if (written > 0) note('w', name, (uint64_t)offset, data, (uint32_t)written);
  } else {
    errno = fault;
  }
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t write(int fd, const void *data, size_t length) { return changed(fd, data, length, 0, 0); }
ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  return changed(fd, data, length, offset, 1);
}
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
  return changed(fd, data, length, offset, 1);
}

static int is_unreadable(int fd) {
  char path[4096];
  if (fault_fd < 0) return 0;
  const char *name = name_of(fd, path, sizeof path);
  return name != NULL && has_fault(name, "unread");
}

ssize_t read(int fd, void *data, size_t length) {
  if (!is_unreadable(fd)) return real_read(fd, data, length);
  errno = EIO;
  return -1;
}
ssize_t pread(int fd, void *data, size_t length, off_t offset) {
  if (!is_unreadable(fd)) return real_pread(fd, data, length, offset);
  errno = EIO;
  return -1;
}
ssize_t pread64(int fd, void *data, size_t length, off64_t offset) {
  return pread(fd, data, length, offset);
}

static int cut(int fd, off_t length) {
  char path[4096];
  const char *name = name_of(fd, path, sizeof path);
  if (name == NULL) return real_ftruncate(fd, length);
  pthread_mutex_lock(&lock);
  size_t all = 1;
  int fault = write_fault(name, &all), result = -1;
  if (fault == 0) {
    result = real_ftruncate(fd, length);
    if (result == 0) note('t', name, (uint64_t)length, NULL, 0);
  } else {
    errno = fault;
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static int synced(int fd, int (*real)(int)) {
  char path[4096];
  const char *name = name_of(fd, path, sizeof path);
  if (name == NULL) return real(fd);
  pthread_mutex_lock(&lock);
  int result = -1;
  if (has_fault(name, "unsynced")) {
    errno = EIO;
  } else {
    /* The machine of the test keeps its power: what a sync means is only written down. */
    result = 0;
    note('s', name, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return result;
}

int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path) {
  char whole[4096];
  const char *name = NULL;
  if (realpath(path, whole) != NULL) name = name_in_folder(whole);
  pthread_mutex_lock(&lock);
  int result = real_unlink(path);
  if (result == 0 && name != NULL) note('u', name, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}
