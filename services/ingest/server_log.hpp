#pragma once

#include <filesystem>
#include <string_view>

#include "base/log.hpp"

namespace trunkline::ingest {

/// `logs/server.log`, the life of the server itself, which is also found under the name that
/// support knows, `uvicorn.log` (INTERFACES section 7). The same lines stand in app.log among all
/// others.
class ServerLog {
public:
    /// Makes the link in `folder`; what has that name already is left alone.
    explicit ServerLog(const std::filesystem::path& folder);

    void listens(std::string_view host, unsigned port) const;
    void stops() const;
    void has_stopped() const;

private:
    base::Logger logger_;
};

}  // namespace trunkline::ingest
