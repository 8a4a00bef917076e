#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "httpc/client.hpp"
#include "httpd/message.hpp"
#include "net/asio.hpp"
#include "recording_store.hpp"

namespace trunkline::ingest {

/// Gets a recording's bytes: from the enterprise's folder below RECORDINGS_PATH, else from an
/// address that the exchange or the enterprise's configuration named. What lies elsewhere is
/// fetched in pieces while it is sent, so it costs the memory of one piece; only from a server that
/// knows no ranges it is taken whole, up to a limit. One executor.
class RecordingSource {
public:
    struct Limits {
        std::uint64_t largest = std::uint64_t{2} << 30;    ///< Bytes of one recording.
        std::size_t piece = std::size_t{256} << 10;        ///< Bytes of one request.
        std::size_t largest_whole = std::size_t{8} << 20;  ///< From servers without ranges.
        std::size_t wholes = 16;        ///< Of those in memory at once; further askers get 503.
        std::size_t wholes_of_one = 4;  ///< The same for one enterprise.
        std::chrono::milliseconds timeout{10'000};  ///< Of one request.
    };

    /// `client` guards tenant-given addresses and must outlive what this gives.
    RecordingSource(httpc::Client& client, std::filesystem::path folder, Limits limits);
    RecordingSource(httpc::Client& client, std::filesystem::path folder);
    ~RecordingSource();

    struct Opened {
        httpd::Response response;  ///< 200 with a body to be served in ranges, or a problem.
        bool is_there = false;     ///< It is the former.
        std::string location;      ///< Where it was found, as `recordings.location` has it.
    };
    /// `head`: only its size is wanted. `from_start`: the first bytes are wanted.
    asio::awaitable<Opened> open(RecordedCall call, bool head, bool from_start);

private:
    struct State;

    Opened open_file(const RecordedCall& call) const;
    asio::awaitable<Opened> open_address(RecordedCall call, std::string url, bool probe);

    std::shared_ptr<State> state_;
};

/// The answer for a call that is known and whose recording is not there.
httpd::Response not_there_yet();

}  // namespace trunkline::ingest
