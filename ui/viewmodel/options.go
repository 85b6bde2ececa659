package viewmodel

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/distribution/reference"

	"berth/engine/config"
	"berth/ui/i18n"
)

// OptionKind is how an option is set.
type OptionKind uint8

// The kinds.
const (
	TextOption OptionKind = iota
	ChoiceOption
	YesNoOption
)

// Option is one setting as the page shows it.
type Option struct {
	Key     string // as in the settings file
	Label   string
	Hint    string
	Kind    OptionKind
	Values  []string            // of a choice
	Words   func(string) string // of a value of a choice
	Reading func(config.Settings) string
	// Writing takes a text over, or says what is wrong with it.
	Writing func(*config.Settings, string) error
}

// OptionGroup is some options under a heading.
type OptionGroup struct {
	Title   string
	Options []Option
}

// OptionGroups are all settings but the engine, which has a list of its own.
func OptionGroups() []OptionGroup {
	return []OptionGroup{
		{i18n.T("Sandbox image"), imageOptions()},
		{i18n.T("New sandboxes"), sandboxOptions()},
		{i18n.T("Backup and updates"), keepOptions()},
		{i18n.T("Look"), lookOptions()},
		{i18n.T("Notifications while the window is not in front"), notifyOptions()},
		{i18n.T("Updates of Berth"), feedOptions()},
	}
}

func imageOptions() []Option {
	return []Option{
		{
			Key: "image.source", Label: i18n.T("Source"), Kind: ChoiceOption, Values: []string{config.SourceBuild, config.SourcePull},
			Words: func(v string) string {
				if v == config.SourcePull {
					return i18n.T("Pull it")
				}
				return i18n.T("Build it from the pinned Dockerfile")
			},
			Reading: func(s config.Settings) string { return s.Image.Source },
			Writing: func(s *config.Settings, v string) error { s.Image.Source = v; return nil },
		},
		{
			Key: "image.references", Label: i18n.T("References to pull"), Hint: i18n.T("Tried in this order, separated by spaces"),
			Reading: func(s config.Settings) string { return strings.Join(s.Image.References, " ") },
			Writing: func(s *config.Settings, v string) error {
				list := words(v)
				for _, ref := range list {
					if _, err := reference.ParseNormalizedNamed(ref); err != nil {
						return errors.New(i18n.T("%q is not an image reference.", ref))
					}
				}
				s.Image.References = list
				return nil
			},
		},
		{
			Key: "image.baseImage", Label: i18n.T("Base image of the build"), Hint: "debian:bookworm-slim",
			Reading: func(s config.Settings) string { return s.Image.BaseImage },
			Writing: func(s *config.Settings, v string) error {
				if _, err := reference.ParseNormalizedNamed(v); v != "" && err != nil {
					return errors.New(i18n.T("%q is not an image reference.", v))
				}
				s.Image.BaseImage = v
				return nil
			},
		},
		{
			Key: "image.packages", Label: i18n.T("Extra packages"), Hint: i18n.T("Debian packages that the build adds, separated by spaces"),
			Reading: func(s config.Settings) string { return strings.Join(s.Image.Packages, " ") },
			Writing: func(s *config.Settings, v string) error { s.Image.Packages = words(v); return nil },
		},
		{
			Key: "image.download", Label: i18n.T("Download address"), Hint: i18n.T("Of the opencode archive; empty is the pinned release"),
			Reading: func(s config.Settings) string { return s.Image.Download },
			Writing: func(s *config.Settings, v string) error {
				if v != "" && !strings.HasPrefix(v, "https://") && !strings.HasPrefix(v, "http://") {
					return errors.New(i18n.T("An address begins with https://."))
				}
				s.Image.Download = v
				return nil
			},
		},
		{
			Key: "image.trustHostCA", Label: i18n.T("Trust this computer's certificates while fetching"), Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(s.Image.TrustsHostCA()) },
			Writing: func(s *config.Settings, v string) error {
				s.Image.TrustHostCA = nil
				if v != "true" {
					no := false
					s.Image.TrustHostCA = &no
				}
				return nil
			},
		},
		{
			Key: "image.extraCA", Label: i18n.T("Your own authority"), Hint: i18n.T("Full path of a PEM file whose certificates the sandbox trusts too"),
			Reading: func(s config.Settings) string { return s.Image.ExtraCA },
			Writing: func(s *config.Settings, v string) error {
				if v != "" && !filepath.IsAbs(v) {
					return errors.New(i18n.T("Write the full path of a PEM file."))
				}
				s.Image.ExtraCA = v
				return nil
			},
		},
	}
}

func sandboxOptions() []Option {
	return []Option{
		{
			Key: "sandbox.memory", Label: i18n.T("Memory"), Hint: i18n.T("At least 512 MiB"),
			Reading: func(s config.Settings) string { return exactMemory(s.Sandbox.MemoryBytes()) },
			Writing: func(s *config.Settings, v string) error {
				bytes, err := parseMemory(v)
				if err != nil {
					return err
				}
				if bytes == s.Sandbox.MemoryBytes() {
					return nil // as it was written
				}
				s.Sandbox.Memory = strings.ToLower(strings.NewReplacer(" ", "", "iB", "").Replace(exactMemory(bytes)))
				return nil
			},
		},
		{
			Key: "sandbox.cpus", Label: i18n.T("CPUs"), Hint: i18n.T("A number such as 2 or 0.5; empty means all"),
			Reading: func(s config.Settings) string {
				if s.Sandbox.CPUs == 0 {
					return ""
				}
				return strconv.FormatFloat(s.Sandbox.CPUs, 'g', -1, 64)
			},
			Writing: func(s *config.Settings, v string) (err error) { s.Sandbox.CPUs, err = parseCPUs(v); return err },
		},
		{
			Key: "sandbox.port", Label: i18n.T("First port"), Hint: i18n.T("The first free one from here on is taken"),
			Reading: func(s config.Settings) string { return strconv.Itoa(s.Sandbox.Port) },
			Writing: func(s *config.Settings, v string) error {
				port, err := strconv.Atoi(v)
				if err != nil || port < 1 || port > 65535 {
					return errors.New(i18n.T("A port is a number from 1 to 65535."))
				}
				s.Sandbox.Port = port
				return nil
			},
		},
		{
			Key: "sandbox.restart", Label: i18n.T("Restart"), Kind: ChoiceOption, Values: config.RestartPolicies, Words: RestartWords,
			Reading: func(s config.Settings) string { return s.Sandbox.Restart },
			Writing: func(s *config.Settings, v string) error { s.Sandbox.Restart = v; return nil },
		},
		{
			Key: "sandbox.hardened", Label: i18n.T("Hardened: nothing but its volumes and two scratch folders can be written to"), Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(s.Sandbox.Hardened) },
			Writing: func(s *config.Settings, v string) error { s.Sandbox.Hardened = v == "true"; return nil },
		},
	}
}

func lookOptions() []Option {
	return []Option{
		{
			Key: "window.theme", Label: i18n.T("Theme"), Kind: ChoiceOption, Values: config.Themes,
			Words: func(v string) string {
				switch v {
				case "light":
					return i18n.T("Light")
				case "dark":
					return i18n.T("Dark")
				}
				return i18n.T("As the desktop")
			},
			Reading: func(s config.Settings) string { return s.Window.Theme },
			Writing: func(s *config.Settings, v string) error { s.Window.Theme = v; return nil },
		},
		{
			Key: "window.language", Label: i18n.T("Language"), Kind: ChoiceOption, Values: config.Languages,
			Words:   LanguageWords,
			Reading: func(s config.Settings) string { return s.Window.Language },
			Writing: func(s *config.Settings, v string) error { s.Window.Language = v; return nil },
		},
		{
			Key: "window.closeQuits", Label: i18n.T("Closing the window quits Berth"), Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(s.Window.CloseQuits) },
			Writing: func(s *config.Settings, v string) error { s.Window.CloseQuits = v == "true"; return nil },
		},
		{
			Key: "window.log.stamps", Label: i18n.T("Time of log lines"), Kind: ChoiceOption, Values: config.LogStamps,
			Words: func(v string) string {
				switch v {
				case "utc":
					return i18n.T("UTC")
				case "none":
					return i18n.T("No time")
				}
				return i18n.T("Local time")
			},
			Reading: func(s config.Settings) string { return s.Window.Log.Stamps },
			Writing: func(s *config.Settings, v string) error { s.Window.Log.Stamps = v; return nil },
		},
		{
			Key: "window.log.wrap", Label: i18n.T("Wrap long lines of logs"), Kind: YesNoOption,
			Reading: func(s config.Settings) string { return strconv.FormatBool(s.Window.Log.Wrap) },
			Writing: func(s *config.Settings, v string) error { s.Window.Log.Wrap = v == "true"; return nil },
		},
		{
			Key: "window.log.size", Label: i18n.T("Size of log text"), Hint: i18n.T("8 to 24; empty is the usual size"),
			Reading: func(s config.Settings) string {
				if s.Window.Log.Size == 0 {
					return ""
				}
				return strconv.FormatFloat(float64(s.Window.Log.Size), 'g', -1, 32)
			},
			Writing: func(s *config.Settings, v string) error {
				if v == "" {
					s.Window.Log.Size = 0
					return nil
				}
				size, err := strconv.ParseFloat(strings.ReplaceAll(v, ",", "."), 32)
				if err != nil || !(float32(size) >= config.MinLogSize && float32(size) <= config.MaxLogSize) { // also what is no number
					return errors.New(i18n.T("Use 8 to 24, or nothing for the usual size."))
				}
				s.Window.Log.Size = float32(size)
				return nil
			},
		},
	}
}

// LanguageWords is a language by its own name.
func LanguageWords(tag string) string {
	switch tag {
	case "en":
		return "English"
	case "de":
		return "Deutsch"
	case "fr":
		return "Français"
	case "es":
		return "Español"
	case "zh-Hans":
		return "简体中文"
	case "ja":
		return "日本語"
	}
	return i18n.T("As the desktop")
}

// words splits a text at spaces and commas.
func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' })
}

// Try says what is wrong with a text for an option; "" when nothing is.
func (s *Settings) Try(o Option, text string) string {
	value := s.Value()
	if err := o.Writing(&value, strings.TrimSpace(text)); err != nil {
		return err.Error()
	}
	if err := value.Validate(); err != nil {
		return Cause(err)
	}
	return ""
}

// Set sets an option; a text that is wrong changes nothing.
func (s *Settings) Set(o Option, text string) bool {
	if s.Try(o, text) != "" {
		return false
	}
	if o.Reading(s.Value()) == strings.TrimSpace(text) {
		return true
	}
	return s.change(o.Key, func(value *config.Settings) { _ = o.Writing(value, strings.TrimSpace(text)) }) // it was tried
}

// Reset sets these options to what somebody has who set nothing.
func (s *Settings) Reset(options []Option) {
	defaults := config.Default()
	s.change(options[0].Key, func(value *config.Settings) {
		for _, o := range options {
			_ = o.Writing(value, o.Reading(defaults)) // defaults are never wrong
		}
	})
}
