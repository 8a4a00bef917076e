#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "httpc/client.hpp"
#include "json/document.hpp"
#include "run.hpp"

namespace trunkline::call_emulator {

/// What one neighbour said, or why it said nothing.
struct Testimony {
    std::optional<json::Document> said;
    std::string why_not;

    /// The member of that name; none where nothing was said.
    std::optional<json::View> find(std::string_view name) const;
};

/// What the sandbox played since some moment: for any number of runs.
struct SandboxEvidence {
    Testimony chats;
    Testimony requests;
};

/// What ingest knows of one run.
struct CallEvidence {
    Testimony trace;  ///< Of the call that the first UniqueId belongs to.
    std::vector<json::Document>
        calls;                 ///< Stored calls with one of the run's UniqueIds, each once.
    std::string why_no_calls;  ///< "" if they could be read.
    Testimony events;          ///< As stored.
    bool can_be_seen = true;   ///< Not of a target that is another host.
};

/// Asks the neighbours what became of a run. A neighbour that is away is a Testimony like any
/// other; nothing fails because of it. One executor.
class Witnesses {
public:
    struct Settings {
        std::string ingest_url;
        std::string sandbox_url;
        std::string admin_token;
        std::string internal_token;
        std::chrono::milliseconds patience{15'000};  ///< See outcome.hpp.
    };

    /// `client` must outlive it.
    Witnesses(httpc::Client& client, Settings settings);

    asio::awaitable<CallEvidence> ask_about(const Run& run, net::Deadline deadline);
    asio::awaitable<SandboxEvidence> ask_sandbox(base::WallTime since, net::Deadline deadline);

    /// The stored call as a trace that names nobody
    asio::awaitable<Testimony> ask_export(const Run& run, net::Deadline deadline);

    /// Whether what is sent there ends up where this emulator can look.
    bool can_see(const std::string& target) const { return target == settings_.ingest_url; }
    std::chrono::milliseconds patience() const { return settings_.patience; }

private:
    asio::awaitable<Testimony> get(
        std::string url, std::string token, std::string peer, net::Deadline deadline
    );
    asio::awaitable<void> find_calls(
        CallEvidence& evidence, const Run& run, net::Deadline deadline
    );

    httpc::Client& client_;
    Settings settings_;
};

}  // namespace trunkline::call_emulator
