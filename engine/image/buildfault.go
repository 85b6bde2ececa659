package image

import (
	"regexp"
	"strings"

	"berth/engine/fault"
)

// failedStep is the step that broke a build.
type failedStep struct {
	name string   // "[fetch 4/5] RUN set -eu; ..."
	why  string   // what the builder says of it
	log  []string // its own last lines
}

// marks are the lines by which the Dockerfile's steps say what went wrong, and what to tell then.
var marks = []struct{ line, why, remedy string }{
	{
		"berth: checksum wrong:", "the downloaded opencode is not the pinned one (its checksum differs)",
		"Clear the download address in the settings, or give one that holds exactly the pinned version.",
	},
	{
		// curl's exit code for a certificate that nobody it trusts has signed
		"berth: download failed (curl exit code 60)", "opencode could not be downloaded, because the certificate of the download address is not trusted",
		"If your network inspects TLS, turn on image.trustHostCA in the settings, or name its authority's file in image.extraCA.",
	},
	{
		"berth: download failed", "opencode could not be downloaded",
		"Check the network of the engine, or set another download address in the settings.",
	},
	{
		"berth: not an archive", "what was downloaded is not an archive",
		"Give the address of the release archive (.tar.gz or .tgz) in the settings, or clear it.",
	},
	{
		"berth: no single opencode binary", "the downloaded archive holds no opencode",
		"Give the address of the release archive in the settings, or clear it.",
	},
}

// exitCode is how builders end the text of a failed command.
var exitCode = regexp.MustCompile(`(?:exit code: |returned a non-zero code: |exit status )(\d+)`)

// failure says why a build failed. Err is what the builder answered, step the one that broke it if there is one.
func (b *builder) failure(step *failedStep, err error) error {
	if step == nil {
		return b.withoutStep(err)
	}
	e := &fault.Error{Kind: fault.BuildFailed, Op: b.op, Log: step.log, Err: err, Action: fault.ShowLog}
	all := step.why + "\n" + err.Error() + "\n" + strings.Join(step.log, "\n")
	if strings.Contains(strings.ToLower(all), "no space left on device") {
		full := *fault.From(b.op, &streamError{message: "no space left on device"})
		full.Why, full.Log, full.Err = "the engine's disk got full in step "+short(step.name), step.log, err
		return &full
	}
	if isBaseStep(step.name) {
		return b.baseFailure(step, err)
	}
	for _, mark := range marks {
		if strings.Contains(all, "\n"+mark.line) {
			e.Why, e.Remedy = mark.why+", in step "+short(step.name), mark.remedy
			return e
		}
	}
	if m := exitCode.FindStringSubmatch(step.why + err.Error()); m != nil {
		e.Why = "step " + short(step.name) + " ended with exit code " + m[1]
		e.Remedy = "The step's log says why. If it could not reach the network, check that and try again."
		return e
	}
	if outside := fault.From(b.op, err); fault.Retryable(outside) {
		return outside
	}
	e.Why = "step " + short(step.name) + ": " + step.why
	e.Remedy = "The step's log says more."
	return e
}

// withoutStep is a failure of the builder itself.
func (b *builder) withoutStep(err error) error {
	e := fault.From(b.op, registryError(err))
	if e.Kind == fault.ImageNotFound || e.Kind == fault.Unauthorized {
		return b.baseFailure(&failedStep{why: err.Error()}, err)
	}
	return e
}

// isBaseStep reports whether a step is about getting the base image.
func isBaseStep(name string) bool {
	if strings.HasPrefix(name, "[internal] load metadata for ") {
		return true
	}
	_, rest, _ := strings.Cut(name, "] ")
	return strings.HasPrefix(rest, "FROM ") || strings.HasPrefix(name, "FROM ")
}

// baseFailure is a base image that could not be had.
func (b *builder) baseFailure(step *failedStep, err error) error {
	found := fault.From(b.op, registryError(err))
	e := *found
	e.Op, e.Log = b.op, step.log
	switch e.Kind {
	case fault.ImageNotFound, fault.NotFound, fault.Unauthorized:
		if e.Kind == fault.NotFound {
			e.Kind = fault.ImageNotFound
		}
		e.Why = "the base image " + b.opts.BaseImage + " does not exist, or needs a sign-in"
		e.Remedy = "Check the base image in the settings; for a private one sign in with docker login."
		e.Action = fault.OpenSettings
	default:
		e.Why = "the base image " + b.opts.BaseImage + " could not be had: " + found.Cause()
	}
	return &e
}

// short cuts a step's name to what a sentence can carry.
func short(name string) string {
	const most = 80
	if runes := []rune(name); len(runes) > most {
		return "\"" + string(runes[:most]) + "…\""
	}
	return "\"" + name + "\""
}
