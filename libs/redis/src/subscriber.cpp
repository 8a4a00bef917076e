#include "redis/subscriber.hpp"

#include <exception>
#include <map>
#include <stdexcept>
#include <utility>

#include "base/log.hpp"
#include "link.hpp"
#include "subscribe_protocol.hpp"

namespace trunkline::redis {
namespace {

Address address_or_throw(const std::string& url) {
    auto address = parse_url(url);
    if (!address) {
        throw std::invalid_argument(address.error().detail);
    }
    return std::move(*address);
}

}  // namespace

class Subscriber::Impl {
public:
    Impl(asio::any_io_executor executor, const Settings& settings, const Address& address)
        : protocol_(settings, address, events()),
          link_(std::move(executor), address, settings, "redis.subscriber", protocol_) {}

    Link& link() { return link_; }
    bool is_subscribed() const { return protocol_.is_ready(); }

    void on(std::string channel, MessageHandler handler) {
        handlers_.insert_or_assign(channel, std::make_shared<MessageHandler>(std::move(handler)));
        protocol_.add_channel(std::move(channel), std::chrono::steady_clock::now());
        link_.wake();
    }

    void on_gap(std::function<void()> handler) {
        gap_handler_ = std::make_shared<std::function<void()>>(std::move(handler));
    }

private:
    SubscribeProtocol::Events events() {
        return {
            .message = [this](
                           const std::string& channel, std::string message
                       ) { deliver(channel, std::move(message)); },
            .subscribed =
                [this] {
                    const auto handler = gap_handler_;
                    if (handler && *handler) {
                        guard([&] { (*handler)(); });
                    }
                }
        };
    }

    void deliver(const std::string& channel, std::string message) {
        const auto found = handlers_.find(channel);
        if (found == handlers_.end()) {
            return;
        }
        // Held here, for it may replace itself.
        const auto handler = found->second;
        guard([&] { (*handler)(std::move(message)); });
    }

    template <class Action>
    void guard(const Action& action) const {
        if (link_.is_stopped()) {
            return;
        }
        try {
            action();
        } catch (const std::exception& error) {
            logger_.error("a handler failed: {}", error.what());
        }
    }

    base::Logger logger_{"redis.subscriber"};
    std::map<std::string, std::shared_ptr<MessageHandler>> handlers_;
    std::shared_ptr<std::function<void()>> gap_handler_;
    SubscribeProtocol protocol_;
    Link link_;
};

Subscriber::Subscriber(asio::any_io_executor executor, const Settings& settings)
    : impl_(std::make_shared<Impl>(std::move(executor), settings, address_or_throw(settings.url))) {
}

Subscriber::~Subscriber() { impl_->link().abandon(impl_); }

void Subscriber::on(std::string channel, MessageHandler handler) {
    impl_->on(std::move(channel), std::move(handler));
}

void Subscriber::on_gap(std::function<void()> handler) { impl_->on_gap(std::move(handler)); }

void Subscriber::start() { impl_->link().start(); }

bool Subscriber::is_subscribed() const { return impl_->is_subscribed(); }

std::string Subscriber::last_error() const { return impl_->link().last_error(); }

asio::awaitable<void> Subscriber::stop() {
    const auto impl = impl_;
    co_await impl->link().stop();
}

}  // namespace trunkline::redis
