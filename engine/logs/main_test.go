package logs

import (
	"testing"

	"berth/engine/enginetest/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
