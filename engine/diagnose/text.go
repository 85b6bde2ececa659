package diagnose

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text is the report as a text to be sent, in English whatever the window speaks.
func (r Report) Text() string {
	var text strings.Builder
	fmt.Fprintf(&text, "Berth diagnostics, %s\n", moment(r.At))
	for _, section := range r.Sections() {
		if len(section.Lines) == 0 {
			continue
		}
		fmt.Fprintf(&text, "\n%s\n", section.Title)
		width := 0
		for _, line := range section.Lines {
			width = max(width, min(utf8.RuneCountInString(line.Label), widest))
		}
		for _, line := range section.Lines {
			if line.Label == "" {
				fmt.Fprintf(&text, "  %s\n", line.Value)
				continue
			}
			pad := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(line.Label)))
			fmt.Fprintf(&text, "  %s:%s %s\n", line.Label, pad, line.Value)
		}
	}
	return text.String()
}

// widest is how far values are moved to the right to stand under each other.
const widest = 28
