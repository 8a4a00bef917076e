#include "config/loader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <list>
#include <ostream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "config/suite_names.hpp"
#include "env_file.hpp"
#include "values.hpp"

namespace trunkline::config {
namespace {

struct Setting {
    std::string name;
    std::string help;
    std::string kind;                                      ///< For --help: `NUMBER`, `TEXT`, ...
    std::string default_text;                              ///< For --help; empty for secrets.
    std::function<Parsed<bool>(std::string_view)> assign;  ///< The bool means nothing.
    std::string* secret = nullptr;
    bool is_switch = false;

    std::string flag_value;
    CLI::Option* option = nullptr;
};

/// A value that was given, and where.
struct Given {
    std::string value;
    std::string source;  ///< `from the environment`.
};

/// --help names each setting once; the footer tells of the other spelling.
class HelpFormatter final : public CLI::Formatter {
public:
    std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
        const auto& names = option->get_lnames();
        return names.empty() ? CLI::Formatter::make_option_name(option, is_positional)
                             : "--" + names.front();
    }
};

std::string dashed(std::string_view name) {
    auto flag = base::to_lower_ascii(name);
    std::ranges::replace(flag, '_', '-');
    return flag;
}

template <class Target>
std::function<Parsed<bool>(std::string_view)> number_into(
    Target& target, Range range, std::string what
) {
    return [&target, range, what = std::move(what)](std::string_view text) -> Parsed<bool> {
        const auto value = parse_number(text, range, what);
        if (!value) {
            return std::unexpected(value.error());
        }
        target = static_cast<Target>(*value);
        return true;
    };
}

Range within(Range wanted, std::int64_t min, std::int64_t max) {
    return {std::max(wanted.min, min), std::min(wanted.max, max)};
}

void must_end_in(std::string_view name, std::string_view unit) {
    if (!name.ends_with(unit)) {
        throw std::logic_error(fmt::format("the name of the duration {} must end in {}", name, unit)
        );
    }
}

}  // namespace

struct Loader::State {
    std::string program;
    std::string purpose;
    std::string version;
    std::list<Setting> settings;  // A list, since CLI11 keeps references to the values.
    std::vector<std::function<base::Result<>()>> checks;
    std::vector<base::FieldError> faults;
    std::ostream* out = &std::cout;
    std::ostream* error = &std::cerr;
    bool wants_help = false;
    bool wants_version = false;
    bool only_check = false;

    Setting& add(std::string name, std::string help, std::string kind, std::string default_text);
    const Setting* find_flag(std::string_view argument) const;
    void declare(CLI::App& app);
    void parse_flags(CLI::App& app, int argc, const char* const* argv);
    void refuse(const std::string& argument);
    std::optional<Given> given(const Setting& setting, const EnvFile& env) const;
    void assign(const Setting& setting, const Given& value);
    void read(const EnvFile& env);
    void run_checks();
    void hide_secrets() const;
    base::Result<Action> finish();
};

Setting& Loader::State::add(
    std::string name, std::string help, std::string kind, std::string default_text
) {
    if (!is_suite_name(name)) {
        throw std::logic_error(fmt::format("{} is missing in libs/config/src/suite_names.cpp", name)
        );
    }
    if (std::ranges::find(settings, name, &Setting::name) != settings.end()) {
        throw std::logic_error(fmt::format("{} was added twice", name));
    }
    auto& setting = settings.emplace_back();
    setting.name = std::move(name);
    setting.help = std::move(help);
    setting.kind = std::move(kind);
    setting.default_text = std::move(default_text);
    return setting;
}

/// The setting of `--NAME` or `--name`, with or without a value behind `=`.
const Setting* Loader::State::find_flag(std::string_view argument) const {
    if (!argument.starts_with("--")) {
        return nullptr;
    }
    const auto flag = argument.substr(2, argument.find('=') - 2);
    const auto found = std::ranges::find_if(settings, [flag](const Setting& setting) {
        return flag == setting.name || flag == dashed(setting.name);
    });
    return found == settings.end() ? nullptr : &*found;
}

void Loader::State::declare(CLI::App& app) {
    app.set_help_flag();
    app.allow_extras();  // Reported by refuse(), with a hint.
    app.formatter(std::make_shared<HelpFormatter>());
    app.get_formatter()->column_width(44);
    app.add_flag("-h,--help", wants_help, "Shows this list.");
    app.add_flag("--version", wants_version, "Shows the version.");
    app.add_flag(
        "--check-config", only_check, "Reads the settings, says whether they are valid, and exits."
    );
    for (auto& setting : settings) {
        const auto flags = fmt::format("--{},--{}", setting.name, dashed(setting.name));
        const auto shown = setting.default_text.empty()
                               ? std::string()
                               : fmt::format(" [{}]", setting.default_text);
        auto* const option = app.add_option(flags, setting.flag_value, setting.help + shown);
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        option->type_name(setting.kind);
        option->expected(setting.is_switch ? 0 : 1, 1);
        setting.option = option;
    }
    app.footer(
        "Flags may be written --like-this too. A flag goes before an environment variable of the\n"
        "same name, that before the file .env, that before the default, which stands in brackets.\n"
        "An empty value counts as none."
    );
}

void Loader::State::parse_flags(CLI::App& app, int argc, const char* const* argv) {
    std::vector<std::string> arguments;
    for (int i = argc - 1; i > 0; --i) {  // CLI11 takes them from the back.
        const std::string_view argument = argv[i];
        const bool is_empty_flag = argument.ends_with('=') && find_flag(argument) != nullptr;
        if (!is_empty_flag) {
            arguments.emplace_back(argument);
        }
    }
    try {
        app.parse(std::move(arguments));
    } catch (const CLI::ParseError& problem) {
        faults.push_back({"command line", problem.what()});
        return;
    }
    const auto extras = app.remaining();
    const bool flags_only =
        std::ranges::any_of(extras, [](const auto& extra) { return extra.starts_with('-'); });
    for (const auto& extra : extras) {
        // What follows an unknown flag is most likely its value: one fault, not two.
        if (!flags_only || extra.starts_with('-')) {
            refuse(extra);
        }
    }
}

void Loader::State::refuse(const std::string& argument) {
    const auto flag = argument.substr(0, argument.find('='));
    if (!flag.starts_with("--")) {
        faults.push_back({flag, "is not expected on the command line"});
        return;
    }
    auto name = flag.substr(2);
    std::ranges::transform(name, name.begin(), [](char c) {
        return c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    });
    if (is_suite_name(name)) {
        faults.push_back(
            {flag, fmt::format("is a setting of other programs, {} has no use for it", program)}
        );
        return;
    }
    const auto near = nearest_suite_name(name);
    const auto hint =
        near ? fmt::format(" Did you mean --{}?", *near) : std::string(" See --help.");
    faults.push_back({flag, "is not known." + hint});
}

std::optional<Given> Loader::State::given(const Setting& setting, const EnvFile& env) const {
    // A switch may stand alone.
    const bool is_bare_switch = setting.is_switch && setting.flag_value.empty();
    if (setting.option->count() > 0 && (is_bare_switch || !setting.flag_value.empty())) {
        return Given{
            .value = is_bare_switch ? "1" : setting.flag_value, .source = "from the command line"
        };
    }
    if (const char* const value = std::getenv(setting.name.c_str());
        value != nullptr && *value != '\0') {
        return Given{.value = value, .source = "from the environment"};
    }
    if (const auto found = env.entries.find(setting.name);
        found != env.entries.end() && !found->second.value.empty()) {
        return Given{
            .value = found->second.value,
            .source = fmt::format("from {} line {}", env.name, found->second.line)
        };
    }
    return std::nullopt;
}

void Loader::State::assign(const Setting& setting, const Given& value) {
    if (const auto done = setting.assign(value.value); !done) {
        const auto redacted = setting.secret == nullptr ? fmt::format("\"{}\"", value.value)
                                                        : std::string("the value");
        faults.push_back(
            {setting.name, fmt::format("{} is not {} ({})", redacted, done.error(), value.source)}
        );
    }
}

void Loader::State::read(const EnvFile& env) {
    faults.insert(faults.end(), env.faults.begin(), env.faults.end());
    for (const auto& setting : settings) {
        if (const auto value = given(setting, env)) {
            assign(setting, *value);
        }
    }
}

void Loader::State::run_checks() {
    for (const auto& check : checks) {
        const auto result = check();
        if (result) {
            continue;
        }
        const auto& problem = result.error();
        if (problem.fields.empty()) {
            faults.push_back({"settings", problem.detail});
        }
        faults.insert(faults.end(), problem.fields.begin(), problem.fields.end());
    }
}

void Loader::State::hide_secrets() const {
    for (const auto& setting : settings) {
        if (setting.secret != nullptr) {
            base::add_log_secret(*setting.secret);
            base::add_log_secret(password_in_url(*setting.secret));
        }
    }
}

base::Result<Action> Loader::State::finish() {
    if (faults.empty()) {
        if (only_check) {
            *out << "configuration is valid\n" << std::flush;
            return Action::exit_ok;
        }
        return Action::run;
    }
    auto failure = base::fail(base::Errc::invalid_input, "the configuration is not valid");
    if (only_check) {
        for (const auto& fault : faults) {
            *error << fault.path << ": " << fault.detail << '\n';
        }
        *error << std::flush;
        failure.error().detail += fmt::format(" ({} faults)", faults.size());
        return failure;
    }
    failure.error().fields = faults;
    return failure;
}

Loader::Loader(std::string program, std::string purpose, std::string version)
    : state_(std::make_unique<State>()) {
    state_->program = std::move(program);
    state_->purpose = std::move(purpose);
    state_->version = std::move(version);
}

Loader::~Loader() = default;

void Loader::add(std::string name, std::string& target, std::string help) {
    auto& setting = state_->add(std::move(name), std::move(help), "TEXT", target);
    setting.assign = [&target](std::string_view text) -> Parsed<bool> {
        target = text;
        return true;
    };
}

void Loader::add(std::string name, std::filesystem::path& target, std::string help) {
    auto& setting = state_->add(std::move(name), std::move(help), "PATH", target.string());
    setting.assign = [&target](std::string_view text) -> Parsed<bool> {
        target = text;
        return true;
    };
}

void Loader::add(std::string name, int& target, std::string help, Range range) {
    auto& setting =
        state_->add(std::move(name), std::move(help), "NUMBER", fmt::format("{}", target));
    const auto bounds =
        within(range, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
    setting.assign = number_into(target, bounds, "number");
}

void Loader::add(std::string name, std::uint16_t& target, std::string help, Range range) {
    auto& setting =
        state_->add(std::move(name), std::move(help), "NUMBER", fmt::format("{}", target));
    setting.assign = number_into(target, within(range, 0, 65535), "number");
}

void Loader::add(std::string name, std::uint64_t& target, std::string help, Range range) {
    auto& setting =
        state_->add(std::move(name), std::move(help), "NUMBER", fmt::format("{}", target));
    setting.assign = number_into(target, within(range, 0, range.max), "number");
}

void Loader::add(std::string name, bool& target, std::string help) {
    auto& setting = state_->add(std::move(name), std::move(help), "0|1", target ? "1" : "0");
    setting.is_switch = true;
    setting.assign = [&target](std::string_view text) -> Parsed<bool> {
        const auto value = parse_bool(text);
        target = value.value_or(target);
        return value;
    };
}

void Loader::add(
    std::string name, std::chrono::milliseconds& target, std::string help, Range range
) {
    must_end_in(name, "_MS");
    auto& setting =
        state_->add(std::move(name), std::move(help), "NUMBER", fmt::format("{}", target.count()));
    setting.assign = number_into(target, within(range, 0, range.max), "number of milliseconds");
}

void Loader::add(std::string name, std::chrono::seconds& target, std::string help, Range range) {
    must_end_in(name, "_SECONDS");
    auto& setting =
        state_->add(std::move(name), std::move(help), "NUMBER", fmt::format("{}", target.count()));
    setting.assign = number_into(target, within(range, 0, range.max), "number of seconds");
}

void Loader::add(std::string name, std::vector<std::string>& target, std::string help) {
    auto& setting = state_->add(
        std::move(name), std::move(help), "LIST", fmt::format("{}", fmt::join(target, ","))
    );
    setting.assign = [&target](std::string_view text) -> Parsed<bool> {
        target = base::split(text, ',');
        std::erase(target, "");
        return true;
    };
}

void Loader::add_choice(
    std::string name, std::string& target, std::vector<std::string> allowed, std::string help
) {
    auto& setting = state_->add(
        std::move(name), std::move(help), fmt::format("{}", fmt::join(allowed, "|")), target
    );
    setting.assign = [&target,
                      allowed = std::move(allowed)](std::string_view text) -> Parsed<bool> {
        const auto value = parse_choice(text, allowed);
        if (!value) {
            return std::unexpected(value.error());
        }
        target = *value;
        return true;
    };
}

void Loader::add_secret(std::string name, std::string& target, std::string help) {
    add(std::move(name), target, std::move(help));
    auto& setting = state_->settings.back();
    setting.kind = "SECRET";
    setting.default_text.clear();
    setting.secret = &target;
}

void Loader::add_check(std::function<base::Result<>()> check) {
    state_->checks.push_back(std::move(check));
}

void Loader::print_to(std::ostream& out, std::ostream& error) {
    state_->out = &out;
    state_->error = &error;
}

base::Result<Action> Loader::load(
    int argc, const char* const* argv, const std::filesystem::path& env_file
) {
    auto& state = *state_;
    CLI::App app(
        fmt::format("{} {}: {}", state.program, state.version, state.purpose), state.program
    );
    state.declare(app);
    state.parse_flags(app, argc, argv);
    if (state.wants_help) {
        *state.out << app.help() << std::flush;
        return Action::exit_ok;
    }
    if (state.wants_version) {
        *state.out << state.program << ' ' << state.version << '\n' << std::flush;
        return Action::exit_ok;
    }
    state.read(read_env_file(env_file));
    state.hide_secrets();
    if (state.faults.empty()) {
        state.run_checks();
    }
    return state.finish();
}

}  // namespace trunkline::config
