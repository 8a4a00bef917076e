#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace trunkline::call_emulator {

/// Where events may be sent. Whoever may emulate must not thereby be able to make this machine post
/// to addresses of their choice.
class Targets {
public:
    /// invalid_input names the setting that is no base URL (absolute http or https, without query).
    static base::Result<Targets> make(
        const std::string& ingest_url, const std::vector<std::string>& allowed
    );

    /// The base URL to post to, without a slash at the end; INGEST_URL if none is asked for.
    /// invalid_input: no URL. forbidden: neither INGEST_URL nor in EMULATOR_ALLOWED_TARGETS.
    base::Result<std::string> resolve(const std::optional<std::string>& asked) const;

private:
    explicit Targets(std::vector<std::string> allowed) : allowed_(std::move(allowed)) {}

    std::vector<std::string> allowed_;  ///< In one writing; the first is INGEST_URL.
};

}  // namespace trunkline::call_emulator
