#include "server/app/process_setup.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace gateway::server {
namespace {

void mask_signals(int how) noexcept {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&ours, number);
    }
    pthread_sigmask(how, &ours, nullptr);
}

}  // namespace

void guard_standard_streams() noexcept {
    int opened = 0;
    do {
        opened = ::open("/dev/null", O_RDWR);
    } while (opened >= 0 && opened <= STDERR_FILENO);
    if (opened >= 0) {
        ::close(opened);
    }
    std::signal(SIGPIPE, SIG_IGN);
}

void hold_signals() noexcept {
    mask_signals(SIG_BLOCK);
}

void listen_to_signals() noexcept {
    mask_signals(SIG_UNBLOCK);
}

}  // namespace gateway::server
