package fault

import (
	"context"
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/client"
)

// From turns any error of a Docker call into an *Error with the operation named. An error that already is one keeps its
// kind and words and gets op only if it had none. From(op, nil) is nil.
//
// Docker hands most causes over as text inside a status 500 (measured on 20.10 and 28.5), so after the typed checks the
// message is matched for the few phrases that the engine itself fixes.
func From(op string, err error) *Error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		if known.Op == "" && op != "" {
			named := *known
			named.Op = op
			return &named
		}
		return known
	}
	e := &Error{Kind: classify(err), Op: op, Err: err}
	e.fillIn()
	return e
}

// classify finds the kind of an error that no package of Berth has classified yet.
func classify(err error) Kind {
	text := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, context.Canceled), strings.Contains(text, "context canceled"):
		return Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	case errors.Is(err, syscall.ENOSPC), strings.Contains(text, "no space left on device"):
		return DiskFull
	}
	if kind := byText(text); kind != Unknown {
		return kind
	}
	switch {
	case client.IsErrConnectionFailed(err), isNetwork(err):
		return Network
	case errdefs.IsUnauthorized(err), errdefs.IsPermissionDenied(err):
		return Unauthorized
	case errdefs.IsNotFound(err):
		return NotFound
	case errdefs.IsUnavailable(err):
		return EngineError
	case errdefs.IsInvalidArgument(err):
		return BadInput
	case errdefs.IsInternal(err):
		return EngineError
	}
	return Unknown
}

// phrases are what engines and registries say, in lower case, most telling first.
var phrases = []struct {
	text string
	kind Kind
}{
	{"toomanyrequests", RateLimited},
	{"too many requests", RateLimited},
	{"port is already allocated", PortInUse},
	{"address already in use", PortInUse},
	{"is already in use by container", NameTaken},
	{"that name is already in use", NameTaken}, // Podman, with 500
	{"volume is in use", VolumeInUse},
	{"unauthorized", Unauthorized},
	{"authentication required", Unauthorized},
	{"no basic auth credentials", Unauthorized},
	{"requested access to the resource is denied", Unauthorized},
	{"pull access denied", Unauthorized}, // "repository does not exist or may require": no engine knows which
	{"manifest unknown", ImageNotFound},
	{"no such image", ImageNotFound},
	{"repository does not exist", ImageNotFound},
	{"repository name not known", ImageNotFound},
	{"name unknown", ImageNotFound},
	{"no such container", NotFound},
	{"no such volume", NotFound},
	{"invalid reference format", BadInput},
	{"connection refused", Network},
	{"connection reset", Network},
	{"broken pipe", Network},
	{"unexpected eof", Network},
	{"no such host", Network},
	{"temporary failure in name resolution", Network},
	{"i/o timeout", Network},
	{"tls handshake timeout", Network},
	{"server misbehaving", Network},
	{"client.timeout exceeded", Network},
	{"error while pulling image: short read", Network},
	{"error reading from server: eof", Network},
	{"is marked for removal", EngineError}, // another Berth is just taking it away; a moment later it is gone, or another is in its place
	{"gzip: invalid header", EngineError},  // it began a packed answer, and said in plain text that it cannot go on
	{"500 internal server error", EngineError},
	{"502 bad gateway", EngineError},
	{"503 service unavailable", EngineError},
	{"504 gateway time", EngineError},
}

func byText(text string) Kind {
	for _, p := range phrases {
		if strings.Contains(text, p.text) {
			return p.kind
		}
	}
	return Unknown
}

func isNetwork(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// maxWait bounds how long a registry can ask to be left alone.
const maxWait = time.Hour

var retryAfter = regexp.MustCompile(`(?i)retry[- ]after:?\s*(\d+)`)

// fillIn gives the words that follow from the kind alone; a package that knows more replaces them.
func (e *Error) fillIn() {
	switch e.Kind {
	case DiskFull:
		e.Why, e.Action = "the engine's disk is full", FreeSpace
		e.Remedy = "Free some space where the engine keeps its data, then try again."
	case RateLimited:
		e.Why, e.Action = "the registry asks to slow down", Retry
		e.Remedy = "Wait a while, or sign in to the registry for a higher limit."
		if m := retryAfter.FindStringSubmatch(e.Err.Error()); m != nil {
			if seconds, err := strconv.Atoi(m[1]); err == nil {
				e.RetryAfter = min(time.Duration(min(seconds, 1<<20))*time.Second, maxWait)
			}
		}
	case Unauthorized:
		e.Remedy = "Sign in to the registry (docker login), then try again."
	case Network:
		e.Action, e.Remedy = Retry, "Check the network connection, then try again."
	case EngineError:
		e.Action, e.Remedy = Retry, "The engine had an internal error; its own log says more. Try again."
	case PortInUse:
		e.Action, e.Remedy = ChoosePort, "Choose another port."
	case Cancelled:
		e.Why = "cancelled"
	case Timeout:
		e.Why, e.Action = "no answer in time", Retry
	case ImageNotFound:
		e.Remedy = "Check the image reference for a typing error."
	}
}
