package connect

import (
	"context"
	"errors"
	"testing"
	"time"

	"berth/engine/fault"
)

// Neither a computer that slept nor a network that is gone hangs up: the connection stands, and nothing comes.
func TestAConnectionThatHasGoneSilentIsGivenUp(t *testing.T) {
	wasBeat, wasLimit := beat, beatLimit
	beat, beatLimit = 10*time.Millisecond, 50*time.Millisecond
	t.Cleanup(func() { beat, beatLimit = wasBeat, wasLimit })
	host, _ := hung(t)
	cli, err := Dial(Endpoint{Name: "asleep", Host: host}, at("linux", "", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cli.Close() }()
	ctx, end := context.WithCancelCause(t.Context())
	defer end(nil)
	heartbeat(ctx, cli, end)
	if cause := context.Cause(ctx); !errors.Is(cause, fault.Timeout) && !errors.Is(cause, fault.EngineHung) {
		t.Errorf("the session ends with %v", cause)
	}
}
