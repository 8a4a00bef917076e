#include "descriptor_limit.hpp"

#include <sys/resource.h>

namespace trunkline::app {

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) {
        return;
    }
    limit.rlim_cur = limit.rlim_max;
    // Refused: the service starts with what it has, and says so when connections run into it.
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace trunkline::app
