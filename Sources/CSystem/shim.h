// The part of Linux that Swift's Glibc overlay leaves out: epoll, eventfd, signalfd, accept4, memmem.
// _GNU_SOURCE is not defined here: it would change Glibc's own module for every importer.
#ifndef GATEWAY_CSYSTEM_H
#define GATEWAY_CSYSTEM_H
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <linux/sockios.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int pthread_setname_np(pthread_t, const char *);
extern void *memmem(const void *, size_t, const void *, size_t);

// enum constants in C, which Swift would import as distinct types
static const unsigned int csystem_EPOLLIN = EPOLLIN;
static const unsigned int csystem_EPOLLOUT = EPOLLOUT;
static const unsigned int csystem_EPOLLRDHUP = EPOLLRDHUP;
static const unsigned int csystem_EPOLLERR = EPOLLERR;
static const unsigned int csystem_EPOLLHUP = EPOLLHUP;
static const unsigned int csystem_EPOLLET = (unsigned int)EPOLLET;
static const int csystem_SOCK_STREAM = SOCK_STREAM;
static const int csystem_SOCK_NONBLOCK = SOCK_NONBLOCK;
static const int csystem_SOCK_CLOEXEC = SOCK_CLOEXEC;
static const int csystem_EFD_FLAGS = EFD_NONBLOCK | EFD_CLOEXEC;
static const int csystem_SFD_CLOEXEC = SFD_CLOEXEC;
static const int csystem_EPOLL_CLOEXEC = EPOLL_CLOEXEC;
static const int csystem_MSG_NOSIGNAL = MSG_NOSIGNAL;
static const int csystem_MSG_DONTWAIT = MSG_DONTWAIT;
static const int csystem_MSG_LOOK = MSG_PEEK | MSG_DONTWAIT;

// CPU_COUNT is a macro over a type that Swift does not import; 1024 cores are as far as a cpu_set_t reaches.
extern int sched_getaffinity(pid_t, size_t, void *);
static inline int csystem_allowed_cores(void) {
    unsigned long mask[1024 / (8 * sizeof(unsigned long))];
    memset(mask, 0, sizeof mask);
    if (sched_getaffinity(0, sizeof mask, mask) < 0) return 1;
    int count = 0;
    for (size_t index = 0; index < sizeof mask / sizeof *mask; index++) count += __builtin_popcountl(mask[index]);
    return count;
}

// Puts `source` in the place of the open descriptor `target`, which ends at once.
extern int dup3(int, int, int);
static inline int csystem_replace(int source, int target) { return dup3(source, target, O_CLOEXEC); }

// prctl is variadic in C
static inline int csystem_no_core_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
static inline int csystem_name_thread(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }
static inline int csystem_set_flags(int descriptor, int flags) { return fcntl(descriptor, F_SETFL, flags); }
static inline int csystem_get_flags(int descriptor) { return fcntl(descriptor, F_GETFL); }
static inline int csystem_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
// ioctl is variadic in C
static inline int csystem_unsent_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, SIOCOUTQ, &count) == 0 ? count : 0;
}
static inline int csystem_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }
#endif
