version: str
isa: str
compiler: str
vector_bytes: int
vector_registers: int
fma: bool
tiny_blocks: bool

def get_num_threads() -> int: ...
def default_num_threads() -> int: ...
def set_num_threads(n: int) -> None: ...
