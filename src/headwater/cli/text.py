"""What a line of the terminal is made of."""

from headwater.wording import clock as clock
from headwater.wording import counted as counted
from headwater.wording import duration as duration
from headwater.wording import moment as moment
from headwater.wording import number as number
from headwater.wording import plain as plain
from headwater.wording import size as size
from headwater.wording import table as table
