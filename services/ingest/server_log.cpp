#include "server_log.hpp"

#include <unistd.h>

#include <system_error>

#include "app/settings.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto file_name = "server.log";
constexpr auto known_name = "uvicorn.log";

}  // namespace

ServerLog::ServerLog(const std::filesystem::path& folder)
    : logger_(base::Logger::to_file("server", file_name, true)) {
    std::error_code error;
    std::filesystem::create_symlink(file_name, folder / known_name, error);
    if (error && error != std::errc::file_exists) {
        logger_.warning("{} cannot be linked: {}", known_name, error.message());
    }
}

void ServerLog::listens(std::string_view host, unsigned port) const {
    logger_.info("ingest {} listens on {}:{}, pid {}", app::version(), host, port, ::getpid());
}

void ServerLog::stops() const { logger_.info("ingest stops: finishing what is in hand"); }

void ServerLog::has_stopped() const { logger_.info("ingest has stopped"); }

}  // namespace trunkline::ingest
