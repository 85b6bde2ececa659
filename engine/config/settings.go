package config

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/docker/go-units"

	"berth/engine/fault"
)

// Settings is what a person can set, kept as JSON in $XDG_CONFIG_HOME/berth/settings.json. Keys this version does not
// know are kept as they are. The zero value is not valid; Default is.
type Settings struct {
	Schema        int        `json:"schema"`                  // version of this file's shape, 1
	Endpoint      string     `json:"endpoint,omitempty"`      // name or host of the endpoint to use; empty chooses by itself
	Endpoints     []Endpoint `json:"endpoints,omitempty"`     // added by hand, beside those that are found
	AlsoEndpoints []string   `json:"alsoEndpoints,omitempty"` // names of endpoints whose sandboxes are shown beside those of the one in use
	Image         Image      `json:"image"`
	Sandbox       Sandbox    `json:"sandbox"` // defaults of new sandboxes
	Backup        Backup     `json:"backup,omitzero"`
	Update        Update     `json:"update,omitzero"`
	Notify        Notify     `json:"notify"`
	Window        Window     `json:"window"`
}

// The image sources.
const (
	SourceBuild = "build"
	SourcePull  = "pull"
)

// Image says where the sandbox image comes from.
type Image struct {
	Source      string   `json:"source"`                // SourceBuild (default) or SourcePull
	References  []string `json:"references,omitempty"`  // tried in order when source is "pull"
	BaseImage   string   `json:"baseImage,omitempty"`   // of the build; empty means debian:bookworm-slim
	Download    string   `json:"download,omitempty"`    // address of the opencode archive; empty means the pinned release
	Packages    []string `json:"packages,omitempty"`    // extra Debian packages of the build
	TrustHostCA *bool    `json:"trustHostCA,omitempty"` // trust this computer's CA bundle in the build's fetch stage; default true
	ExtraCA     string   `json:"extraCA,omitempty"`     // path of a PEM file trusted in the sandbox and in the fetch stage
}

// TrustsHostCA is TrustHostCA with its default.
func (i Image) TrustsHostCA() bool { return i.TrustHostCA == nil || *i.TrustHostCA }

// Sandbox holds the defaults of new sandboxes.
type Sandbox struct {
	Memory   string  `json:"memory"` // "4g", as docker run --memory takes it
	CPUs     float64 `json:"cpus,omitempty"`
	Hardened bool    `json:"hardened,omitempty"`
	Port     int     `json:"port"` // first port tried, 4096
	Restart  string  `json:"restart"`
}

// MemoryBytes is Memory in bytes. It is valid only for settings that are.
func (s Sandbox) MemoryBytes() int64 {
	n, _ := units.RAMInBytes(s.Memory)
	return n
}

// Window is how the window was left.
type Window struct {
	Theme  string  `json:"theme"` // "system" (default), "light", "dark"
	Width  float32 `json:"width,omitempty"`
	Height float32 `json:"height,omitempty"`

	CloseQuits bool `json:"closeQuits,omitempty"` // closing the window ends Berth, also where there is a tray to go to
	TraySaid   bool `json:"traySaid,omitempty"`   // that it went to the tray was said once

	Language string `json:"language,omitempty"` // "de"; empty means the desktop's
	Log      Log    `json:"log,omitzero"`
	Table    Table  `json:"table,omitzero"`
}

// Log is how logs are shown.
type Log struct {
	Stamps string  `json:"stamps,omitempty"` // "" is local time, "utc", "none"
	Wrap   bool    `json:"wrap,omitempty"`   // long lines
	Size   float32 `json:"size,omitempty"`   // of the text; 0 is the usual
}

// Table is how the table of sandboxes is shown.
type Table struct {
	Hidden  []string `json:"hidden,omitempty"`  // ids of columns
	Sort    string   `json:"sort,omitempty"`    // id of a column; empty is the name
	Reverse bool     `json:"reverse,omitempty"` // sorted the other way round
	All     bool     `json:"all,omitempty"`     // containers that are no sandboxes are shown too
}

// RestartPolicies are the policies an engine knows, the default first.
var RestartPolicies = []string{"unless-stopped", "no", "on-failure", "always"}

// Languages are the choices of Window.Language; the desktop's first.
var Languages = []string{"", "en", "de", "fr", "es", "zh-Hans", "ja"}

// LogStamps are the choices of Log.Stamps, the default first.
var LogStamps = []string{"", "utc", "none"}

// The bounds of Log.Size.
const (
	MinLogSize float32 = 8
	MaxLogSize float32 = 24
)

// Themes are the choices of Window.Theme, the default first.
var Themes = []string{"system", "light", "dark"}

// MinMemory is the least memory a sandbox may have, in bytes: with 256 MiB opencode is killed at its first session.
const MinMemory = 512 << 20

// Default gives the settings of somebody who set nothing.
func Default() Settings {
	return Settings{
		Schema: Schema,
		Image: Image{
			Source:     SourceBuild,
			References: []string{"ghcr.io/anomalyco/opencode:1.18.33"},
		},
		Sandbox: Sandbox{Memory: "4g", Port: 4096, Restart: RestartPolicies[0]},
		Window:  Window{Theme: Themes[0]},
		Notify:  Notify{Tasks: true, Trouble: true, Updates: true},
	}
}

// Validate says what is wrong, by the name the key has in the file.
func (s Settings) Validate() error {
	switch {
	case s.Image.Source != SourceBuild && s.Image.Source != SourcePull:
		return bad("image.source", s.Image.Source, `must be "build" or "pull"`)
	case s.Image.Source == SourcePull && len(s.Image.References) == 0:
		return bad("image.references", "", "must name at least one image to pull")
	case s.Sandbox.Port < 1 || s.Sandbox.Port > 65535:
		return bad("sandbox.port", s.Sandbox.Port, "must be between 1 and 65535")
	case s.Sandbox.CPUs < 0:
		return bad("sandbox.cpus", s.Sandbox.CPUs, "must not be negative; 0 means no limit")
	case !slices.Contains(RestartPolicies, s.Sandbox.Restart):
		return bad("sandbox.restart", s.Sandbox.Restart, fmt.Sprintf("must be one of %q", RestartPolicies))
	}
	if err := cmp.Or(validateEndpoints(s.Endpoints), validateAlso(s.AlsoEndpoints)); err != nil {
		return err
	}
	for _, part := range []interface{ validate() error }{s.Backup, s.Update, s.Window} {
		if err := part.validate(); err != nil {
			return err
		}
	}
	if n, err := units.RAMInBytes(s.Sandbox.Memory); err != nil {
		return bad("sandbox.memory", s.Sandbox.Memory, `must be a size such as "4g" or "1500m"`)
	} else if n < MinMemory {
		return bad("sandbox.memory", s.Sandbox.Memory, "is too little for opencode; it needs at least 512m")
	}
	return s.Image.validate()
}

func (w Window) validate() error {
	switch {
	case !slices.Contains(Themes, w.Theme):
		return bad("window.theme", w.Theme, fmt.Sprintf("must be one of %q", Themes))
	case !slices.Contains(Languages, w.Language):
		return bad("window.language", w.Language, fmt.Sprintf("must be one of %q", Languages))
	case !slices.Contains(LogStamps, w.Log.Stamps):
		return bad("window.log.stamps", w.Log.Stamps, fmt.Sprintf("must be one of %q", LogStamps))
	case w.Log.Size != 0 && (w.Log.Size < MinLogSize || w.Log.Size > MaxLogSize):
		return bad("window.log.size", w.Log.Size, fmt.Sprintf("must be 0 or between %v and %v", MinLogSize, MaxLogSize))
	}
	return nil
}

func bad(key string, value any, why string) error {
	return &fault.Error{Kind: fault.BadInput, Op: "settings", Why: fmt.Sprintf("%s: %v %s", key, quoted(value), why)}
}

func quoted(value any) string {
	if text, ok := value.(string); ok {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprint(value)
}

func (s Settings) clone() Settings {
	s.Endpoints = slices.Clone(s.Endpoints)
	s.AlsoEndpoints = slices.Clone(s.AlsoEndpoints)
	s.Image.References = slices.Clone(s.Image.References)
	s.Image.Packages = slices.Clone(s.Image.Packages)
	s.Window.Table.Hidden = slices.Clone(s.Window.Table.Hidden)
	if s.Image.TrustHostCA != nil {
		trust := *s.Image.TrustHostCA
		s.Image.TrustHostCA = &trust
	}
	if s.Update.Points != nil {
		points := *s.Update.Points
		s.Update.Points = &points
	}
	return s
}
