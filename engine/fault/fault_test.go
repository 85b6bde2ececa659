package fault_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/containerd/errdefs"

	"berth/engine/enginetest/leak"
	"berth/engine/fault"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestFromFindsTheKindOfWhatDockerAnswers(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"a cancelled context", fmt.Errorf("pull: %w", context.Canceled), fault.Cancelled},
		{"a deadline", context.DeadlineExceeded, fault.Timeout},
		{"a full disk by errno", fmt.Errorf("write: %w", syscall.ENOSPC), fault.DiskFull},
		{"a full disk as the engine words it", errors.New("write /var/lib/x: no space left on device"), fault.DiskFull},
		{"a port clash at start", errors.New("driver failed programming external connectivity: Bind for 127.0.0.1:4096 failed: port is already allocated"), fault.PortInUse},
		{"a host process on the port", errors.New("listen tcp4 127.0.0.1:4096: bind: address already in use"), fault.PortInUse},
		{"a container name taken", errors.New(`Conflict. The container name "/berth-default" is already in use by container "abc"`), fault.NameTaken},
		{"a volume in use", errors.New("remove x: volume is in use - [abc]"), fault.VolumeInUse},
		{"401 of a registry", errors.New("unauthorized: authentication required"), fault.Unauthorized},
		{"403 of a registry", errors.New("pull access denied for x, repository does not exist or may require 'docker login': denied: requested access to the resource is denied"), fault.Unauthorized},
		{"404 of a registry", errors.New("manifest for x:1 not found: manifest unknown"), fault.ImageNotFound},
		{"429 of a registry", errors.New("toomanyrequests: retry-after: 7"), fault.RateLimited},
		{"a refused connection", fmt.Errorf("dial: %w", syscall.ECONNREFUSED), fault.Network},
		{"a stream cut inside JSON", io.ErrUnexpectedEOF, fault.Network},
		{"a name that does not resolve", &net.DNSError{Err: "no such host", Name: "x.test"}, fault.Network},
		{"500 of a registry", errors.New("received unexpected HTTP status: 500 Internal Server Error"), fault.EngineError},
		{"an answer that the engine broke off in its first bytes", gzip.ErrHeader, fault.EngineError},
		{"a container that is just being removed", errors.New("Error response from daemon: container is marked for removal and cannot be started"), fault.EngineError},
		{"an engine that is shutting down", errdefs.ErrUnavailable, fault.EngineError},
		{"not found", errdefs.ErrNotFound, fault.NotFound},
		{"anything else", errors.New("surprise"), fault.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := fault.From("do it", tt.err)
			if got.Kind != tt.want {
				t.Errorf("kind %q, want %q", got.Kind, tt.want)
			}
			if !errors.Is(fmt.Errorf("outer: %w", got), tt.want) {
				t.Error("errors.Is does not find the kind through a wrap")
			}
			if !errors.Is(got, tt.err) {
				t.Error("the cause is lost")
			}
		})
	}
}

func TestFromKeepsWhatIsAlreadyKnown(t *testing.T) {
	known := &fault.Error{Kind: fault.BuildFailed, Why: "step 3 failed"}
	got := fault.From("build x", fmt.Errorf("wrapped: %w", known))
	if got.Kind != fault.BuildFailed || got.Why != "step 3 failed" || got.Op != "build x" {
		t.Errorf("got %+v", got)
	}
	if known.Op != "" {
		t.Error("From changed the error it was given")
	}
	if fault.From("x", nil) != nil {
		t.Error("From(nil) is not nil")
	}
}

func TestRateLimitReadsHowLongToWait(t *testing.T) {
	got := fault.From("pull x", errors.New("toomanyrequests: Retry-After: 7"))
	if got.RetryAfter != 7*time.Second {
		t.Errorf("RetryAfter %v, want 7s", got.RetryAfter)
	}
}

func TestOnlyWhatCanSucceedLaterIsRetried(t *testing.T) {
	for kind, want := range map[fault.Kind]bool{
		fault.Network: true, fault.RateLimited: true, fault.EngineError: true, fault.Timeout: true,
		fault.Unauthorized: false, fault.ImageNotFound: false, fault.DiskFull: false, fault.BadInput: false,
		fault.Cancelled: false, fault.Unknown: false,
	} {
		if got := fault.Retryable(fault.New(kind, "x", "y")); got != want {
			t.Errorf("Retryable(%s) = %v, want %v", kind, got, want)
		}
	}
}

func TestErrorReadsAsOneLine(t *testing.T) {
	err := &fault.Error{Kind: fault.Unauthorized, Op: "pull r.test/x:1", Why: "no credentials for r.test"}
	if got, want := err.Error(), "pull r.test/x:1: no credentials for r.test"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (&fault.Error{Kind: fault.Network}).Error(); got != "network" {
		t.Errorf("an error without words reads %q", got)
	}
}

func TestWhatARegistrySaysCannotActAndHasAnEnd(t *testing.T) {
	said := "denied: \x1b]8;;http://evil\x07click\x1b[2J\r\u202egpj.exe\nnext\x00" + strings.Repeat("é", 1<<20)
	for what, e := range map[string]*fault.Error{
		"an engine's error": fault.From("pull x", errors.New(said)),
		"words":             fault.New(fault.Unauthorized, "pull x", said),
	} {
		got := e.Error()
		if strings.ContainsAny(got, "\x1b\x07\x00\r\u202e") || len(got) > 5000 || !utf8.ValidString(got) || !strings.HasPrefix(got, "pull x: denied: ]8;;http://evilclick[2Jgpj.exe\nnexté") {
			t.Errorf("%s is told as %.200q, %d bytes", what, got, len(got))
		}
	}
	for text, want := range map[string]time.Duration{
		"toomanyrequests: retry-after: 30": 30 * time.Second, "toomanyrequests: retry-after: 99999999999": time.Hour, "toomanyrequests: retry-after: 99999999999999999999": 0,
	} {
		if got := fault.From("pull x", errors.New(text)).RetryAfter; got != want {
			t.Errorf("%q waits %s, want %s", text, got, want)
		}
	}
}
