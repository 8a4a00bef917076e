#pragma once

#include <sys/types.h>

#include <vector>

namespace trunkline::testing {

/// All living descendants of `root` by /proc, without it. PostgreSQL's children leave their
/// parent's process group (setsid), so that a signal to the group does not reach them.
std::vector<pid_t> descendants(pid_t root);

/// Whether the process has ended; a zombie counts, since its parent may never ask.
bool is_gone(pid_t pid);

/// Stops the root first, so that it makes no further children while they are listed.
void pause_tree(pid_t root);
void resume_tree(pid_t root);

/// SIGKILL to root and descendants; returns when all are gone. The root is left to be reaped.
void kill_tree(pid_t root);

}  // namespace trunkline::testing
