#include "redis/client.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "command_protocol.hpp"
#include "link.hpp"
#include "net/event.hpp"

namespace trunkline::redis {
namespace {

Address address_or_throw(const std::string& url) {
    auto address = parse_url(url);
    if (!address) {
        throw std::invalid_argument(address.error().detail);
    }
    return std::move(*address);
}

base::Error unexpected_reply(std::string_view command) {
    return {
        .code = base::Errc::internal,
        .detail = "Redis answered " + std::string(command) + " by a reply of another kind",
        .fields = {},
        .native = {}
    };
}

base::Result<std::int64_t> to_integer(const base::Result<Reply>& reply, std::string_view command) {
    if (!reply) {
        return std::unexpected(reply.error());
    }
    if (reply->kind != Reply::Kind::integer) {
        return std::unexpected(unexpected_reply(command));
    }
    return reply->integer;
}

}  // namespace

class Client::Impl {
public:
    Impl(asio::any_io_executor executor, const Settings& settings, const Address& address)
        : executor_(std::move(executor)),
          protocol_(settings, address),
          link_(executor_, address, settings, "redis.client", protocol_) {}

    Link& link() { return link_; }
    bool is_connected() const { return protocol_.is_ready(); }

    asio::awaitable<base::Result<std::vector<Reply>>> exchange(
        std::vector<Words> commands, net::Deadline deadline
    ) {
        const auto now = std::chrono::steady_clock::now();
        if (link_.is_stopped()) {
            co_return base::fail(base::Errc::canceled, "Redis client is stopped");
        }
        if (deadline <= now) {
            co_return base::fail(base::Errc::timeout, "no time left to ask Redis");
        }
        // Shared, since the reply may come when the caller has gone.
        const auto wait = std::make_shared<Wait>(executor_);
        const auto submitted = protocol_.submit(commands, now, [wait](auto outcome) {
            wait->outcome = std::move(outcome);
            wait->done.notify();
        });
        if (!submitted) {
            co_return std::unexpected(submitted.error());
        }
        link_.wake();
        co_await wait->done.wait_until(deadline);
        auto outcome = std::move(wait->outcome);
        if (!outcome) {
            co_return base::fail(base::Errc::timeout, "no reply of Redis in time");
        }
        co_return std::move(*outcome);
    }

private:
    struct Wait {
        explicit Wait(const asio::any_io_executor& executor) : done(executor) {}
        net::Event done;
        std::optional<base::Result<std::vector<Reply>>> outcome;
    };

    asio::any_io_executor executor_;
    CommandProtocol protocol_;
    Link link_;
};

Client::Client(asio::any_io_executor executor, const Settings& settings)
    : impl_(std::make_shared<Impl>(std::move(executor), settings, address_or_throw(settings.url))) {
}

Client::~Client() { impl_->link().abandon(impl_); }

void Client::start() { impl_->link().start(); }

bool Client::is_connected() const { return impl_->is_connected(); }

std::string Client::last_error() const { return impl_->link().last_error(); }

asio::awaitable<base::Result<std::vector<Reply>>> Client::pipeline(
    std::vector<Words> commands, std::optional<net::Deadline> deadline
) {
    const auto impl = impl_;
    auto replies =
        co_await impl->exchange(std::move(commands), deadline.value_or(net::Deadline::max()));
    co_return replies;
}

asio::awaitable<base::Result<Reply>> Client::command(
    Words words, std::optional<net::Deadline> deadline
) {
    std::vector<Words> commands;
    commands.push_back(std::move(words));
    auto replies = co_await pipeline(std::move(commands), deadline);
    if (!replies) {
        co_return std::unexpected(std::move(replies.error()));
    }
    if (replies->front().is_error()) {
        co_return std::unexpected(to_error(replies->front()));
    }
    co_return std::move(replies->front());
}

asio::awaitable<base::Result<std::optional<std::string>>> Client::get(
    std::string key, std::optional<net::Deadline> deadline
) {
    Words words{"GET"};
    words.push_back(std::move(key));
    auto reply = co_await command(std::move(words), deadline);
    if (!reply) {
        co_return std::unexpected(std::move(reply.error()));
    }
    if (reply->is_nil()) {
        co_return std::optional<std::string>{};
    }
    if (reply->kind != Reply::Kind::string) {
        co_return std::unexpected(unexpected_reply("GET"));
    }
    co_return std::optional(std::move(reply->text));
}

asio::awaitable<base::Result<>> Client::set(
    std::string key,
    std::string value,
    std::chrono::milliseconds ttl,
    std::optional<net::Deadline> deadline
) {
    Words words{"SET"};
    words.push_back(std::move(key));
    words.push_back(std::move(value));
    if (ttl.count() > 0) {
        words.emplace_back("PX");
        words.push_back(std::to_string(ttl.count()));
    }
    auto reply = co_await command(std::move(words), deadline);
    if (!reply) {
        co_return std::unexpected(std::move(reply.error()));
    }
    co_return base::Result<>{};
}

asio::awaitable<base::Result<std::int64_t>> Client::del(
    std::vector<std::string> keys, std::optional<net::Deadline> deadline
) {
    if (keys.empty()) {
        co_return 0;
    }
    Words words{"DEL"};
    words.insert(
        words.end(), std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end())
    );
    const auto reply = co_await command(std::move(words), deadline);
    co_return to_integer(reply, "DEL");
}

asio::awaitable<base::Result<std::int64_t>> Client::publish(
    std::string channel, std::string message, std::optional<net::Deadline> deadline
) {
    Words words{"PUBLISH"};
    words.push_back(std::move(channel));
    words.push_back(std::move(message));
    const auto reply = co_await command(std::move(words), deadline);
    co_return to_integer(reply, "PUBLISH");
}

asio::awaitable<void> Client::stop() {
    const auto impl = impl_;
    co_await impl->link().stop();
}

}  // namespace trunkline::redis
