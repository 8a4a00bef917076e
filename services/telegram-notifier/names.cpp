#include "names.hpp"

#include <utility>

#include "base/text.hpp"
#include "json/reader.hpp"

namespace trunkline::telegram {

Names::Names(
    httpc::Client& client, std::string names_url, std::string internal_token, std::chrono::milliseconds budget
)
    : client_(client), url_(std::move(names_url)), internal_token_(std::move(internal_token)), budget_(budget) {}

asio::awaitable<std::string> Names::customer(std::string enterprise, std::string phone) {
    const auto digits = base::digits_of(phone);
    if (digits.empty()) {
        co_return std::string();
    }
    httpc::Request request;
    request.url = url_ + "/customer-name/" + base::percent_encode(enterprise) + "/" + digits;
    request.timeout = budget_;
    request.peer = "integration-cache";
    if (!internal_token_.empty()) {
        request.headers.emplace_back("Authorization", "Bearer " + internal_token_);
    }
    const auto outcome = co_await client_.send(std::move(request));
    if (!outcome || outcome->status != 200) {
        co_return std::string();
    }
    const auto document = json::parse(outcome->body);
    if (!document) {
        co_return std::string();
    }
    json::Reader reader(document->root());
    co_return reader.optional_string("name").value_or("");
}

}  // namespace trunkline::telegram
