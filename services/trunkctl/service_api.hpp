#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "context.hpp"
#include "json/document.hpp"

namespace trunkline::trunkctl {

using Query = std::vector<std::pair<std::string, std::string>>;

/// `path` with the members of `query` that are not empty, percent-encoded.
std::string with_query(std::string path, const Query& query);

/// One request to ingest's diagnostics with ADMIN_TOKEN. The answer's JSON; an error carries the
/// problem's detail and fields.
asio::awaitable<base::Result<json::Document>> ask_ingest(
    Context& context, std::string method, std::string target
);

struct Upload {
    std::string content_type = "application/json";
    std::string body;
};
/// The same of integration-cache.
asio::awaitable<base::Result<json::Document>> ask_integration_cache(
    Context& context, std::string method, std::string target, Upload upload = {}
);

}  // namespace trunkline::trunkctl
