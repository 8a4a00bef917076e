#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace trunkline::pbx {

struct Call;

enum class ChannelKind { phone, trunk, local };

struct Channel {
    std::string unique_id;
    std::string name;
    ChannelKind kind = ChannelKind::phone;
    std::string number;      ///< Of a phone its extension; of a trunk who is there.
    std::string shown_name;  ///< CallerIDName.
    std::string exten;       ///< What was dialled, or the company number, when it began.
    std::string bridge;      ///< Where it is; "" for nowhere.
    Call* call = nullptr;
    std::uint64_t order = 0;  ///< Older ones are smaller.
    base::WallTime heard;     ///< When anything was last heard of it.
    bool is_up = false;
    bool is_spy = false;      ///< Listens in; nobody talks with it.
    bool is_outside = false;  ///< The outside party of its call.
    bool was_dialled = false;
    std::string told_bridge;  ///< The conversation that it is said to be in.
    std::string told_partner;

    bool is_person() const { return kind != ChannelKind::local && !is_spy; }
};

struct Bridge {
    std::vector<Channel*> members;
    bool is_holding = false;     ///< Parking and its like: nobody in it talks with anybody.
    bool is_conference = false;  ///< Each in it talks with the conference.
    std::string conference;      ///< Its number.
};

/// Channels and who is connected with whom, through bridges and Local pairs.
class Switchboard {
public:
    Channel* find(std::string_view unique_id) const;
    Channel* find_by_name(std::string_view name) const;
    Channel& add(std::string unique_id, std::string name);
    void rename(Channel& channel, std::string name);
    /// Its bridge must have been left.
    void remove(Channel& channel);

    Bridge& bridge(const std::string& id) { return bridges_[id]; }
    const Bridge* find_bridge(const std::string& id) const;
    void enter(Channel& channel, const std::string& bridge);
    void leave(Channel& channel);
    void destroy(const std::string& bridge);

    /// The other half of a Local channel, if it is known.
    Channel* other_half(const Channel& channel) const;
    /// All that the channel is connected with, itself first. Holding and conference bridges connect
    /// nobody.
    std::vector<Channel*> connected_with(Channel& channel) const;
    /// Those that it is connected with directly.
    std::vector<Channel*> neighbours(const Channel& channel) const;

    std::size_t channels() const { return channels_.size(); }
    std::size_t bridges() const { return bridges_.size(); }
    void for_each(const std::function<void(Channel&)>& visit) const;

private:
    struct Hash {
        using is_transparent = void;  // NOLINT(readability-identifier-naming)
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    template <class Value>
    using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

    ByText<std::unique_ptr<Channel>> channels_;
    ByText<Channel*> by_name_;
    ByText<Bridge> bridges_;
    std::uint64_t next_order_ = 1;
};

}  // namespace trunkline::pbx
