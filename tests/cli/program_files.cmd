wick --allow-read programs programs/touches.py
ls written.txt written.pt gone.py link 2>/dev/null
wick -c 'import programs.beside'
wick --allow-read . -c 'import programs.beside as b; print(b.name)'
