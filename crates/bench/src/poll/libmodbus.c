/* The peer of the poll rows of `make bench`: libmodbus's own client, asking as ours does.
 *
 *   libmodbus CONNECTIONS PORT SECONDS_BEFORE SECONDS
 *
 * libmodbus waits in its calls, so every connection has a thread; connection K goes to
 * 127.0.0.K. Says in one line of JSON how many requests were answered and what they cost. */

#include <errno.h>
#include <modbus.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { UNIT = 1, START = 50512, WORDS = 125, CONNECTIONS_MAX = 200, STACK_BYTES = 128 * 1024 };

static atomic_ulong answered;
static int port;

static void *ask(void *number) {
  char host[16];
  snprintf(host, sizeof host, "127.0.0.%d", (int)(size_t)number);
  modbus_t *bus = modbus_new_tcp(host, port);
  if (bus == NULL || modbus_set_slave(bus, UNIT) != 0 || modbus_connect(bus) != 0) {
    fprintf(stderr, "libmodbus: %s:%d cannot be connected to\n", host, port);
    exit(1);
  }
  uint16_t words[WORDS];
  while (modbus_read_registers(bus, START, WORDS, words) == WORDS) {
    atomic_fetch_add_explicit(&answered, 1, memory_order_relaxed);
  }
  fprintf(stderr, "libmodbus: a request failed: %s\n", modbus_strerror(errno));
  exit(1);
}

static double micros(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

int main(int n_arguments, char **arguments) {
  if (n_arguments != 5 || atoi(arguments[1]) > CONNECTIONS_MAX) {
    fprintf(stderr, "libmodbus: CONNECTIONS PORT SECONDS_BEFORE SECONDS\n");
    return 2;
  }
  int connections = atoi(arguments[1]);
  port = atoi(arguments[2]);
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, STACK_BYTES);
  for (size_t number = 1; number <= (size_t)connections; number++) {
    pthread_t thread;
    if (pthread_create(&thread, &small, ask, (void *)number) != 0) {
      fprintf(stderr, "libmodbus: no thread for connection %zu\n", number);
      return 1;
    }
  }
  usleep((useconds_t)(atof(arguments[3]) * 1e6));
  unsigned long answered_before = answered;
  double cpu_before = micros(CLOCK_PROCESS_CPUTIME_ID), began = micros(CLOCK_MONOTONIC);
  usleep((useconds_t)(atof(arguments[4]) * 1e6));
  unsigned long requests = answered - answered_before;
  double cpu = micros(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
  double seconds = (micros(CLOCK_MONOTONIC) - began) / 1e6;
  printf("{\"requests\":%lu,\"cpu_us\":%f,\"seconds\":%f,\"dropped\":0}\n", requests, cpu, seconds);
  return 0;
}
