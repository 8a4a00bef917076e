#pragma once

#include <optional>
#include <string>
#include <vector>

#include "../e2e/suite.hpp"
#include "asterisk.hpp"
#include "phones.hpp"
#include "sound.hpp"

namespace trunkline::asterisk {

/// What `GET /channels` says of one.
struct Channel {
    std::string name, bridge, context, application, uniqueid;
};

/// A real exchange with its phones, driven by HTTP through a gateway as pbx 7.
class Scene {
public:
    /// The gateway is connected.
    Scene();

    std::string address() const { return suite.url("pbx-gateway") + "/pbx/7"; }
    e2e::HttpAnswer get(const std::string& path) const;
    e2e::HttpAnswer send(
        const std::string& method, const std::string& path, const std::string& body
    ) const;
    e2e::HttpAnswer post(const std::string& path, const std::string& body = "{}") const;
    /// `what` of docs/control.md is wished of a channel.
    e2e::HttpAnswer on(
        const std::string& channel, const std::string& what, const std::string& body = "{}"
    ) const;

    std::vector<Channel> channels() const;
    /// The first whose name starts so.
    std::optional<Channel> channel_of(const std::string& start) const;
    std::optional<Channel> named(const std::string& name) const { return channel_of(name); }
    /// The name of the first whose name starts so; fails the test if there is none.
    std::string name_of(const std::string& start) const;
    /// Polls until both are in one conversation.
    void wait_until_together(const std::string& one, const std::string& other) const;
    void wait_until_gone(const std::string& start) const;

    /// Somebody calls 151 from outside, who answers and speaks: the trunk's channel.
    std::string call_from_outside();
    /// The same with what 151 is already.
    std::string call_151(const std::string& scenario = "talks", Phones::Media media = Phones::mute);

    /// From now on what comes from that side of a call is kept in that file.
    void keep_sound_from(const std::string& channel, const std::string& file) const;
    Sound sound(const std::string& file) const;
    /// Polls until two seconds of it are loud.
    void wait_for_sound(const std::string& file) const;

    /// 155 listens in on a channel in that way: its own channel.
    std::string spy(const std::string& channel, const std::string& mode) const;
    void stop_spying(const std::string& own) const;

    Asterisk exchange;
    Phones phones;
    e2e::Suite suite;
};

}  // namespace trunkline::asterisk
