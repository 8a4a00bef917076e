#pragma once

#include <string>

namespace trunkline::trunkctl {

/// Standard output for people, or one JSON value with --json.
class Printer {
public:
    explicit Printer(bool json) : json_(json) {}

    /// Prints `people`, or `json` with --json.
    void print(const std::string& people, const std::string& json) const;
    bool is_json() const { return json_; }

private:
    bool json_;
};

}  // namespace trunkline::trunkctl
