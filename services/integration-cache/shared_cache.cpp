#include "shared_cache.hpp"

#include <utility>

#include "base/ids.hpp"
#include "base/text.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::integration_cache {
namespace {

/// A cache that is slower than this is none: the CRM is asked instead.
constexpr auto patience = std::chrono::milliseconds(40);
/// Somebody waits for it to be done.
constexpr auto patience_to_forget = std::chrono::milliseconds(200);
/// Customers stay so long, for replicas that start while the CRMs are away.
constexpr auto kept = std::chrono::milliseconds(std::chrono::minutes(30));
/// Longer than any customer, or an old one would count again.
constexpr auto generation_kept = std::chrono::milliseconds(std::chrono::hours(2));
constexpr std::size_t longest_generation = 80;

std::string generation_of(const redis::Reply& all, const redis::Reply& enterprise) {
    if (all.text.size() > longest_generation || enterprise.text.size() > longest_generation) {
        return {};
    }
    return all.text + "/" + enterprise.text;
}

redis::Words set_words(std::string key, std::string value, std::chrono::milliseconds life) {
    return {"SET", std::move(key), std::move(value), "PX", std::to_string(life.count())};
}

}  // namespace

SharedCache::SharedCache(redis::Client& client, std::string replica)
    : client_(client), replica_(std::move(replica)) {}

void SharedCache::open(const std::string& installation) {
    prefix_ = "trunkline:names:1:" + installation + ":";
}

std::string SharedCache::customer_key(const std::string& enterprise, const std::string& phone)
    const {
    return prefix_ + "c:" + base::percent_encode(enterprise) + ":" + base::percent_encode(phone);
}

std::string SharedCache::generation_key(const std::string& enterprise) const {
    return prefix_ + (enterprise.empty() ? "g" : "g:" + base::percent_encode(enterprise));
}

asio::awaitable<SharedCache::Found> SharedCache::get(std::string enterprise, std::string phone) {
    Found found;
    if (!is_usable()) {
        co_return found;
    }
    redis::Words words{
        "MGET", customer_key(enterprise, phone), generation_key(""), generation_key(enterprise)
    };
    const auto reply = co_await client_.command(std::move(words), net::deadline_in(patience));
    if (!reply || reply->elements.size() != 3) {
        co_return found;
    }
    found.generation = generation_of(reply->elements[1], reply->elements[2]);
    if (reply->elements[0].is_nil()) {
        ++misses_;
        co_return found;
    }
    // `<generation> <customer>`: an outdated one is not even read.
    const std::string_view stored = reply->elements[0].text;
    const auto blank = stored.find(' ');
    if (blank == std::string_view::npos) {
        ++unreadable_;
        co_return found;
    }
    if (stored.substr(0, blank) != found.generation) {
        ++misses_;
        co_return found;
    }
    found.shared =
        decode_shared(stored.substr(blank + 1), enterprise, phone, base::system_clock().now());
    ++(found.shared ? hits_ : unreadable_);
    co_return found;
}

asio::awaitable<void> SharedCache::put(
    std::string enterprise, std::string phone, SharedCustomer shared, std::string generation
) {
    if (!is_usable() || generation.empty()) {
        co_return;
    }
    auto words = set_words(
        customer_key(enterprise, phone),
        generation + " " + encode_shared(shared, enterprise, phone),
        kept
    );
    // What could not be kept is asked for again.
    (void)co_await client_.command(std::move(words), net::deadline_in(patience));
}

redis::Words SharedCache::forget_words(const Forget& what) const {
    if (!what.phone.empty()) {
        return {"DEL", customer_key(what.enterprise, what.phone)};
    }
    return set_words(generation_key(what.enterprise), base::make_uuid(), generation_kept);
}

asio::awaitable<bool> SharedCache::forget(Forget what) {
    if (!is_usable()) {
        co_return false;
    }
    auto words = forget_words(what);
    const auto reply =
        co_await client_.command(std::move(words), net::deadline_in(patience_to_forget));
    co_return reply.has_value();
}

asio::awaitable<bool> SharedCache::forget_everywhere(Forget what) {
    if (!is_usable()) {
        co_return false;
    }
    json::Writer message;
    message.begin_object()
        .member("from", replica_)
        .member("enterprise", what.enterprise)
        .end_object();
    std::vector<redis::Words> commands;
    commands.push_back(forget_words(what));
    commands.push_back({"PUBLISH", channel(), message.take()});
    const auto replies =
        co_await client_.pipeline(std::move(commands), net::deadline_in(patience_to_forget));
    co_return replies && !replies->front().is_error() && !replies->back().is_error();
}

std::optional<SharedCache::Forget> SharedCache::heard(std::string_view message) const {
    const auto document = json::parse(message, {.max_bytes = 1024, .max_depth = 2});
    if (!document) {
        return std::nullopt;
    }
    json::Reader reader(document->root());
    const auto from = reader.required_string("from");
    auto enterprise = reader.required_string("enterprise");
    if (!reader.finish() || from == replica_) {
        return std::nullopt;
    }
    return Forget{std::move(enterprise), ""};
}

}  // namespace trunkline::integration_cache
