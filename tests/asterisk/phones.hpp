#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "asterisk.hpp"
#include "testing/process.hpp"
#include "testing/temp_folder.hpp"

namespace trunkline::asterisk {

/// One call that somebody makes.
struct Calling {
    std::string from;  ///< Of an extension: its phone calls; else the trunk.
    std::string to;
    int stay_ms = 2'000;  ///< How long the caller stays after the answer.
};

/// The phones and the provider around an Asterisk, played by SIPp with the scenarios of sipp/.
class Phones {
public:
    /// What one side of a call does about sound; its scenario says whether it sends any by itself.
    struct Media {
        bool is_mute = false;  ///< What it sends is silence, not a loud tone.
        bool echoes = false;   ///< What it hears it sends back.
    };
    static constexpr Media loud{.is_mute = false, .echoes = false};
    static constexpr Media mute{.is_mute = true, .echoes = false};

    explicit Phones(const Asterisk& asterisk);

    /// From now on the phone does what the scenario says: `answers`, `busy`, `silent`, ...
    void plug_in(
        const std::string& extension,
        const std::string& scenario,
        const std::map<std::string, std::string>& keywords = {},
        Media media = loud
    );
    /// The provider takes calls to the outside, as a phone would.
    void plug_in_provider(const std::string& scenario);

    /// Lets somebody call by `talks`, `waits` or `gives-up`, and goes on at once.
    void call(const Calling& calling, const std::string& scenario = "talks", Media media = mute);
    /// Returns when all callers have hung up.
    void wait_for_callers();

private:
    using Process = std::unique_ptr<testing::ChildProcess>;
    Process sipp(const std::string& scenario, std::vector<std::string> arguments, Media media);

    const Asterisk& asterisk_;
    testing::TempFolder folder_;  ///< SIPp's input files and traces.
    unsigned started_ = 0;
    std::vector<Process> phones_;
    std::vector<Process> callers_;
};

}  // namespace trunkline::asterisk
