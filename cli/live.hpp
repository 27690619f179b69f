#pragma once

#include "cli/display.hpp"

#include <string>

namespace batch::cli {

/// What `batchctl watch` shows on a terminal, kept up to date on standard output: the panel of one
/// batch, the table of several.
class LiveView final : public Display {
public:
    explicit LiveView(Context& context);
    LiveView(const LiveView&) = delete;
    LiveView& operator=(const LiveView&) = delete;

    /// Leaves the terminal clean.
    ~LiveView() override;

    void show(const std::vector<Batch>& batches, const Why& why) override;
    void clear() override;

private:
    std::string text_of(const std::vector<Batch>& batches, const Why& why);
    void draw(const std::string& text);

    Context& context_;
    BootTime next_{};
    std::size_t lines_ = 0;  ///< on the terminal now
};

/// The front of a line, at most so many columns of it; colours take none.
std::string clipped_line(std::string_view line, std::size_t width);

}  // namespace batch::cli
