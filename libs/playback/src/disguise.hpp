#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline::playback {

/// Gives everything that could tell who spoke a replacement of the same form, and remembers which.
/// What it returns are texts with the placeholders of plan.hpp.
class Disguise {
public:
    /// `lines`: ids of lines that may not look like one.
    explicit Disguise(std::set<std::string> lines);

    /// Notes what occurs in the recording, so that no replacement is a real one by chance. All of
    /// it before the first replacement is asked for.
    void learn(std::string_view text);
    /// The outside party's number has the field `phone`. "" for a hidden one.
    void set_outside(std::string_view number);

    /// `{phone.bare}`, `{extension1}`, `{line}`; words such as `<unknown>` stay, other texts become
    /// `name 1`.
    std::string number_or_name(std::string_view text);
    std::string unique_id(std::string_view id);
    std::string bridge(std::string_view id);
    /// `SIP/0001363-00000abc` -> `SIP/{line}-00000001`
    std::string channel(std::string_view name);
    static std::string context(std::string_view name);

    /// How many channels the call had.
    std::size_t channels() const { return unique_ids_.size(); }

    struct Field {
        std::string name;
        std::string value;  ///< In place of the real one.
    };
    const std::vector<Field>& fields() const { return fields_; }
    /// A text made of replacements, with their placeholders: `{phone.formatted}`, `{extension1}`.
    std::string templated(std::string text) const;

private:
    enum class Kind { extension, line, outside };

    std::string key_of(std::string_view number) const;
    Kind kind_of(std::string_view number) const;
    const Field& replacement_of(std::string_view number);
    std::string make_value(Kind kind, const std::string& key);
    std::string field_name(Kind kind, const std::string& key);
    std::string number(std::string_view text);
    std::string name(std::string_view text);

    std::set<std::string> lines_;
    std::set<std::string, std::less<>> taken_;   ///< Real numbers, and values that were given.
    std::string outside_;                        ///< Its key.
    std::map<std::string, std::size_t> places_;  ///< Key -> in fields_.
    std::vector<Field> fields_;
    std::map<Kind, int> counts_;
    std::map<std::string, std::size_t, std::less<>> unique_ids_;
    std::map<std::string, std::size_t, std::less<>> bridges_;
    std::map<std::string, std::size_t, std::less<>> names_;
    std::map<std::string, std::size_t, std::less<>> channels_;
};

}  // namespace trunkline::playback
