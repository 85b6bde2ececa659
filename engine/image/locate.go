package image

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"berth/engine/fault"
)

// The time given to a channel to say that it is there. An address is only preferred by this, so short is good enough.
const (
	reachPatience = 5 * time.Second
	npmPatience   = 30 * time.Second
)

// Download is where the archive with the pinned binary is fetched from.
type Download struct {
	URL  string
	Note string // why it is not the default address, for the task's log; empty when it is
}

// LocateOptions replace what Locate uses; the zero value is right outside of tests.
type LocateOptions struct {
	Release string       // address of the release archive; empty means the pin's
	Client  *http.Client // asks for the release; nil means http.DefaultTransport's settings on a transport of its own
	NPM     string       // the npm program; empty means to look for it
}

// Locate says where to download the archive of pin from. A setting, when not empty, is taken as it is. Otherwise it is the
// release archive; when that host is out of reach from this computer and an npm client is installed, the client is asked for
// the address of the package with the same binary. The only errors are a setting that is no address, and the end of ctx.
func Locate(ctx context.Context, pin Pin, setting string, opts LocateOptions) (Download, error) {
	if setting = strings.TrimSpace(setting); setting != "" {
		if err := checkAddress(setting); err != nil {
			return Download{}, &fault.Error{
				Kind: fault.BadInput, Op: "read the download address of opencode", Why: err.Error(), Err: err,
				Remedy: "Give an http or https address, or clear the setting.", Action: fault.OpenSettings,
			}
		}
		return Download{URL: setting, Note: "The download address is from the settings"}, nil
	}
	release := opts.Release
	if release == "" {
		release = pin.release()
	}
	if reachable(ctx, opts.Client, release) {
		return Download{URL: release}, nil
	}
	address, err := askNPM(ctx, opts.NPM, pin)
	switch {
	case ctx.Err() != nil:
		return Download{}, fault.From("look for opencode "+pin.Version, context.Cause(ctx))
	case err != nil:
		note := "The release host does not answer from here and " + err.Error() + "; trying the release address from the engine all the same"
		return Download{URL: release, Note: note}, nil //nolint:nilerr // the engine may reach what this computer does not
	}
	return Download{URL: address, Note: "The release host does not answer; the npm client gave the address of the same binary (" +
		pin.Package + " " + pin.Version + ")"}, nil
}

// reachable reports whether address answers a HEAD well and soon.
func reachable(ctx context.Context, client *http.Client, address string) bool {
	if client == nil {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		defer transport.CloseIdleConnections()
		client = &http.Client{Transport: transport}
	}
	ctx, cancel := context.WithTimeout(ctx, reachPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, http.NoBody)
	if err != nil {
		return false
	}
	res, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close() // a HEAD has none
	return res.StatusCode < 400
}

// askNPM asks the installed npm client, with whatever registry that is set up for.
func askNPM(ctx context.Context, npm string, pin Pin) (string, error) {
	if npm == "" {
		found, err := findProgram("npm")
		if err != nil {
			return "", errors.New("no npm client is installed")
		}
		npm = found
	}
	ctx, cancel := context.WithTimeout(ctx, npmPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, npm, "view", pin.Package+"@"+pin.Version, "dist.tarball") //nolint:gosec // the person's npm; its arguments are the pin's, and no shell reads them
	cmd.Env = environ(npm)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return "", errors.New("the npm client does not know " + pin.Package + " " + pin.Version)
	}
	address := strings.TrimSpace(string(out))
	if err := checkAddress(address); err != nil {
		return "", errors.New("the npm client answered no address")
	}
	return address, nil
}

// checkAddress accepts absolute http and https addresses without anything that could end a word.
func checkAddress(address string) error {
	parsed, err := url.Parse(address)
	switch {
	case err != nil:
		return errors.New("it is not a valid address")
	case parsed.Scheme != "https" && parsed.Scheme != "http", parsed.Host == "":
		return errors.New("it does not begin with http:// or https:// and a host")
	case strings.ContainsAny(address, " \t\r\n\"'`\\"):
		return errors.New("it has a character that no address has")
	}
	return nil
}
